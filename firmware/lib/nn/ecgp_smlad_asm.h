/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlad_asm.h
 * @brief Assembly of ecgp_smlad.h for cores with DSP, where ECGP_ASSEMBLY is 1.
 */
#ifndef ECGP_SMLAD_ASM_H
#define ECGP_SMLAD_ASM_H

ECGP_STATIC_ASSERT(ECGP_SMLAD_BACK == 2 && ECGP_SMLAD_TILE == 6, "the loop below is written for these");
ECGP_STATIC_ASSERT(offsetof(ecgp_smlad_tiles, start) == 0 && offsetof(ecgp_smlad_tiles, entries) == 24 &&
                       offsetof(ecgp_smlad_tiles, inputs) == 28 && offsetof(ecgp_smlad_tiles, output) == 32 &&
                       offsetof(ecgp_smlad_tiles, step) == 36 && offsetof(ecgp_smlad_tiles, multiplier) == 40 &&
                       offsetof(ecgp_smlad_tiles, zero) == 44 && offsetof(ecgp_smlad_tiles, right) == 48 &&
                       offsetof(ecgp_smlad_tiles, end) == 52 && offsetof(ecgp_smlad_tiles, pool) == 56 &&
                       offsetof(ecgp_smlad_tiles, sums) == 60,
                   "the order that the loop below loads and stores in");

/** See ecgp_smlad_spread(). */
static inline const uint8_t *ecgp_smlad_spread_words(const uint8_t *deltas, const int8_t **weights, uint32_t *entries)
{
    const int8_t *four = *weights;

    __asm__ volatile("1:\n\t"
                     "ldrb   r4, [%[deltas]], #1\n\t"
                     "ldr    r5, [%[four]], #4\n\t"
                     "lsls   r4, r4, #3\n\t"
                     "sxtb16 r6, r5, ror #8\n\t"
                     "sxtb16 r5, r5\n\t"
                     "stmia  %[entries]!, {r4, r5, r6}\n\t"
                     "bne    1b"
                     : [deltas] "+r"(deltas), [four] "+r"(four), [entries] "+r"(entries)
                     :
                     : "r4", "r5", "r6", "cc", "memory");
    *weights = four - 4;
    return deltas;
}

/*
 * r0 to r3, r7 and r11 are the sums, r12 the entries, lr the inputs; r4 a delta, r9 and r10 its weights, and r4, r5, r6
 * and r8 the inputs of two positions. lr enters at position 4 of the block and leaves at position 2: ECGP_SMLAD_BACK
 * positions less, at no cost.
 */
#define ECGP_SMLAD_MULTIPLY             \
    "add   lr, lr, r4\n\t"              \
    "ldmia lr, {r4, r5, r6, r8}\n\t"    \
    "smlad r7, r9, r4, r7\n\t"          \
    "smlad r11, r9, r6, r11\n\t"        \
    "smlad r7, r10, r5, r7\n\t"         \
    "smlad r11, r10, r8, r11\n\t"       \
    "ldmdb lr!, {r4, r5, r6, r8}\n\t"   \
    "smlad r2, r9, r4, r2\n\t"          \
    "smlad r3, r9, r6, r3\n\t"          \
    "smlad r2, r10, r5, r2\n\t"         \
    "smlad r3, r10, r8, r3\n\t"         \
    "ldmdb lr, {r4, r5, r6, r8}\n\t"    \
    "smlad r0, r9, r4, r0\n\t"          \
    "smlad r1, r9, r6, r1\n\t"          \
    "smlad r0, r10, r5, r0\n\t"         \
    "smlad r1, r10, r8, r1\n\t"

/* The larger of two sums in the first; ecgp_rescaled() of a sum, which is stored at `to`. */
#define ECGP_SMLAD_LARGER(a, b) "cmp " a ", " b "\n\tit lt\n\tmovlt " a ", " b "\n\t"
#define ECGP_SMLAD_STORE(sum, to)             \
    "lsls   " sum ", " sum ", #1\n\t"         \
    "smmulr r12, " sum ", r6\n\t"             \
    "sub    r12, r12, " sum ", lsr #31\n\t"   \
    "smmlar " sum ", r12, r9, r8\n\t"         \
    "ssat   " sum ", #8, " sum "\n\t"         \
    "strb   " sum ", " to "\n\t"
#define ECGP_SMLAD_NEXT "adds r4, r4, r5\n\tadd r4, r4, r5, lsl #1\n\t" /* three outputs on */

/** See the C of ecgp_smlad_run(). Two entries a turn; the lowest word of the stack is &t->output. */
static ECGP_NAKED void ecgp_smlad_run(ecgp_smlad_tiles *t ECGP_UNUSED)
{
    __asm__(
        "adds  r0, r0, #32\n\t"
        "push  {r0, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
        "mov   lr, r0\n"
        "0:\n\t"
        "ldmdb lr, {r0, r1, r2, r3, r7, r11, r12, lr}\n\t"
        "add   lr, lr, #16\n"
        "1:\n\t"
        "ldmia r12!, {r4, r9, r10}\n\t"
        "cbz   r4, 2f\n\t" ECGP_SMLAD_MULTIPLY
        "ldmia r12!, {r4, r9, r10}\n\t"
        "cbnz  r4, 3f\n"
        "2:\n\t"
        "b     4f\n"
        "3:\n\t" ECGP_SMLAD_MULTIPLY
        "b     1b\n"
        "4:\n\t"
        "ldr   lr, [sp]\n\t"
        "ldmia lr, {r4, r5, r6, r8, r9, r10, r12}\n\t"
        "cmp   r12, #1\n\t"
        "blt   7f\n\t"
        "beq   5f\n\t"
        ECGP_SMLAD_LARGER("r0", "r1") ECGP_SMLAD_LARGER("r2", "r3") ECGP_SMLAD_LARGER("r7", "r11")
        ECGP_SMLAD_STORE("r0", "[r4]") ECGP_SMLAD_STORE("r2", "[r4, r5]") ECGP_SMLAD_STORE("r7", "[r4, r5, lsl #1]")
        "b     6f\n"
        "5:\n\t"
        ECGP_SMLAD_STORE("r0", "[r4]") ECGP_SMLAD_STORE("r1", "[r4, r5]") ECGP_SMLAD_STORE("r2", "[r4, r5, lsl #1]")
        ECGP_SMLAD_NEXT
        ECGP_SMLAD_STORE("r3", "[r4]") ECGP_SMLAD_STORE("r7", "[r4, r5]") ECGP_SMLAD_STORE("r11", "[r4, r5, lsl #1]")
        "6:\n\t"
        ECGP_SMLAD_NEXT
        "ldr   r3, [lr, #-4]\n\t"
        "adds  r3, r3, #48\n\t"
        "strd  r3, r4, [lr, #-4]\n\t"
        "cmp   r3, r10\n\t"
        "bne   0b\n\t"
        "b     8f\n"
        "7:\n\t"
        "add   lr, lr, #28\n\t"
        "stmia lr, {r0, r1, r2, r3, r7, r11}\n"
        "8:\n\t"
        "pop   {r0, r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_SMLAD_ASM_H */
