/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlad_asm.h
 * @brief Assembly of ecgp_smlad.h for cores with DSP, where ECGP_ASSEMBLY is 1.
 */
#ifndef ECGP_SMLAD_ASM_H
#define ECGP_SMLAD_ASM_H

ECGP_STATIC_ASSERT(ECGP_SMLAD_TILE == 8 && ECGP_SMLAD_ENTRY == 3 && ECGP_SMLAD_BACK == 1, "the loop below is written for these");
ECGP_STATIC_ASSERT(offsetof(ecgp_smlad_tiles, start) == 0 && offsetof(ecgp_smlad_tiles, entries) == 4 &&
                       offsetof(ecgp_smlad_tiles, inputs) == 8 && offsetof(ecgp_smlad_tiles, output) == 12 &&
                       offsetof(ecgp_smlad_tiles, step) == 16 && offsetof(ecgp_smlad_tiles, multiplier) == 20 &&
                       offsetof(ecgp_smlad_tiles, zero) == 24 && offsetof(ecgp_smlad_tiles, right) == 28 &&
                       offsetof(ecgp_smlad_tiles, end) == 32 && offsetof(ecgp_smlad_tiles, pool) == 36 &&
                       offsetof(ecgp_smlad_tiles, sums) == 40,
                   "the order that the loop below loads and stores in");

/** See ecgp_smlad_spread(). */
static inline const uint8_t *ecgp_smlad_spread_words(const uint8_t *deltas, const int8_t **weights, uint32_t *entries)
{
    const int8_t *four = *weights;

    __asm__ volatile("1:\n\t"
                     "ldr    r6, [%[four]], #4\n\t"
                     "ldrb   r4, [%[deltas]], #1\n\t"
                     "sxtb16 r5, r6\n\t"
                     "lsls   r4, r4, #2\n\t"
                     "ssub16 r5, r5, r6\n\t"
                     "sxtb16 r5, r5, ror #8\n\t"
                     "stmia  %[entries]!, {r4, r5, r6}\n\t"
                     "bne    1b\n\t"
                     "mvn    r4, #0\n\t"
                     "str    r4, [%[entries], #-12]"
                     : [deltas] "+r"(deltas), [four] "+r"(four), [entries] "+r"(entries)
                     :
                     : "r4", "r5", "r6", "cc", "memory");
    *weights = four - 4;
    return deltas;
}

/*
 * r0 to r3, r6 to r8 and r11 are the sums, r12 the entries, lr the inputs; r4 a delta, r9 and r10 its weights, and r4 and
 * r5 the inputs of two positions. Carry tells the last entry.
 */
#if ECGP_DUAL_ISSUE

/* A load, or SXTB16, issues beside each SMLAD. 21 cycles on a Cortex-M7, of which 16 are SMLAD. */
#define ECGP_SMLAD_TWO(a, b, next0, next1)      \
    "smlad  " a ", r9, r4, " a "\n\t"           \
    "sxtb16 r4, r4, ror #8\n\t"                \
    "smlad  " b ", r9, r5, " b "\n\t"           \
    "sxtb16 r5, r5, ror #8\n\t"                \
    "smlad  " a ", r10, r4, " a "\n\t"          \
    "ldr    r4, " next0 "\n\t"                 \
    "smlad  " b ", r10, r5, " b "\n\t"          \
    "ldr    r5, " next1 "\n\t"
#define ECGP_SMLAD_MULTIPLY                     \
    "adds   lr, lr, r4\n\t"                    \
    "bcs    4f\n\t"                            \
    "ldr    r4, [lr, #-4]\n\t"                 \
    "ldr    r5, [lr]\n\t"                      \
    "sub    lr, lr, #4\n\t"                    \
    ECGP_SMLAD_TWO("r0", "r1", "[lr, #8]", "[lr, #12]")   \
    ECGP_SMLAD_TWO("r2", "r3", "[lr, #16]", "[lr, #20]")  \
    ECGP_SMLAD_TWO("r6", "r7", "[lr, #24]", "[lr, #28]")  \
    "smlad  r8, r9, r4, r8\n\t"                \
    "sxtb16 r4, r4, ror #8\n\t"                \
    "smlad  r11, r9, r5, r11\n\t"              \
    "ldr    r9, [r12, #4]\n\t"                 \
    "sxtb16 r5, r5, ror #8\n\t"                \
    "smlad  r8, r10, r4, r8\n\t"               \
    "ldr    r4, [r12]\n\t"                     \
    "smlad  r11, r10, r5, r11\n\t"             \
    "ldr    r10, [r12, #8]\n\t"                \
    "add    r12, r12, #12\n\t"
#define ECGP_SMLAD_TURN ECGP_SMLAD_MULTIPLY ECGP_SMLAD_MULTIPLY

#else

/* On a Cortex-M4: 24 for multiplications and SXTB16, 12 for loads of two words, 4 for the next entry, 2: 42 cycles. */
#define ECGP_SMLAD_TWO(a, b, from)              \
    "ldrd   r4, r5, " from "\n\t"              \
    "smlad  " a ", r9, r4, " a "\n\t"           \
    "smlad  " b ", r9, r5, " b "\n\t"           \
    "sxtb16 r4, r4, ror #8\n\t"                \
    "sxtb16 r5, r5, ror #8\n\t"                \
    "smlad  " a ", r10, r4, " a "\n\t"          \
    "smlad  " b ", r10, r5, " b "\n\t"
#define ECGP_SMLAD_MULTIPLY                     \
    "adds   lr, lr, r4\n\t"                    \
    "bcs    4f\n\t"                            \
    ECGP_SMLAD_TWO("r0", "r1", "[lr, #-4]!")    \
    ECGP_SMLAD_TWO("r2", "r3", "[lr, #8]")      \
    ECGP_SMLAD_TWO("r6", "r7", "[lr, #16]")     \
    ECGP_SMLAD_TWO("r8", "r11", "[lr, #24]")    \
    "ldmia  r12!, {r4, r9, r10}\n\t"
#define ECGP_SMLAD_TURN ECGP_SMLAD_MULTIPLY ECGP_SMLAD_MULTIPLY ECGP_SMLAD_MULTIPLY

#endif

/* The larger of two sums in the first; ecgp_rescaled() of a sum, which is stored at `to`; two outputs on. */
#define ECGP_SMLAD_LARGER(a, b) "cmp " a ", " b "\n\tit lt\n\tmovlt " a ", " b "\n\t"
#define ECGP_SMLAD_STORE(sum, to)                    \
    "lsls   " sum ", " sum ", #1\n\t"               \
    "smmulr " sum ", " sum ", r9\n\t"               \
    "add    " sum ", " sum ", " sum ", asr #31\n\t" \
    "smmlar " sum ", " sum ", r12, r10\n\t"         \
    "ssat   " sum ", #8, " sum "\n\t"               \
    "strb   " sum ", " to "\n\t"
#define ECGP_SMLAD_STORE_TWO(a, b)                                  \
    ECGP_SMLAD_STORE(a, "[r4]") ECGP_SMLAD_STORE(b, "[r4, r5]") \
    "add    r4, r4, r5, lsl #1\n\t"

/** See the C of ecgp_smlad_run(). */
static ECGP_NAKED void ecgp_smlad_run(ecgp_smlad_tiles *t ECGP_UNUSED)
{
    __asm__(
        "push  {r0, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
        "mov   lr, r0\n"
        "0:\n\t"
        "ldmia lr, {r0, r12, lr}\n\t"
        "ldmia r12!, {r4, r9, r10}\n\t"
        "mov   r1, r0\n\t"
        "mov   r2, r0\n\t"
        "mov   r3, r0\n\t"
        "mov   r6, r0\n\t"
        "mov   r7, r0\n\t"
        "mov   r8, r0\n\t"
        "mov   r11, r0\n"
        "1:\n\t" ECGP_SMLAD_TURN
        "b     1b\n"
        "4:\n\t"
        "ldr   lr, [sp]\n\t"
        "ldr   r12, [lr, #36]\n\t"
        "add   r4, lr, #12\n\t"
        "cmp   r12, #1\n\t"
        "blt   7f\n\t"
        "ldmia r4, {r4, r5, r9, r10, r12}\n\t"
        "beq   5f\n\t"
        ECGP_SMLAD_LARGER("r0", "r1") ECGP_SMLAD_LARGER("r2", "r3")
        ECGP_SMLAD_LARGER("r6", "r7") ECGP_SMLAD_LARGER("r8", "r11")
        ECGP_SMLAD_STORE_TWO("r0", "r2") ECGP_SMLAD_STORE_TWO("r6", "r8")
        "b     6f\n"
        "5:\n\t"
        ECGP_SMLAD_STORE_TWO("r0", "r1") ECGP_SMLAD_STORE_TWO("r2", "r3")
        ECGP_SMLAD_STORE_TWO("r6", "r7") ECGP_SMLAD_STORE_TWO("r8", "r11")
        "6:\n\t"
        "ldr   r3, [lr, #8]\n\t"
        "ldr   r2, [lr, #32]\n\t"
        "adds  r3, r3, #32\n\t"
        "strd  r3, r4, [lr, #8]\n\t"
        "cmp   r3, r2\n\t"
        "bne   0b\n\t"
        "b     8f\n"
        "7:\n\t"
        "add   lr, lr, #40\n\t"
        "stmia lr, {r0, r1, r2, r3, r6, r7, r8, r11}\n"
        "8:\n\t"
        "pop   {r0, r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_SMLAD_ASM_H */
