/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_dual_asm.h
 * @brief Assembly of ecgp_dual.h for cores with DSP, where ECGP_ASSEMBLY is 1.
 */
#ifndef ECGP_DUAL_ASM_H
#define ECGP_DUAL_ASM_H

/** Words of weights that the loop below does in one turn, and its code for each, in bytes. */
#define ECGP_DUAL_TURN 8
#define ECGP_DUAL_CODE 56

ECGP_STATIC_ASSERT(ECGP_DUAL_TILE == 4, "the loop below is written for four positions");
ECGP_STATIC_ASSERT(offsetof(ecgp_dual_tile, bias) == 0 && offsetof(ecgp_dual_tile, entry) == 4 &&
                       offsetof(ecgp_dual_tile, weights) == 8 && offsetof(ecgp_dual_tile, inputs) == 12 &&
                       offsetof(ecgp_dual_tile, end) == 16 && offsetof(ecgp_dual_tile, multiplier) == 20 &&
                       offsetof(ecgp_dual_tile, shift) == 24 && offsetof(ecgp_dual_tile, zero) == 28 &&
                       offsetof(ecgp_dual_tile, output) == 32 && offsetof(ecgp_dual_tile, step) == 36 &&
                       offsetof(ecgp_dual_tile, last) == 40 && offsetof(ecgp_dual_tile, pool) == 44 &&
                       offsetof(ecgp_dual_tile, back) == 48,
                   "the order that the loop below loads and stores in");

/*
 * One word of weights. r0 to r3 are the sums of A, r4 to r7 those of 256 * B + A; r8 the word, r9 its low bytes, r10
 * and r11 the inputs of two positions; r12 and lr point to the word and the third position of the turn's last one.
 * On the Cortex-M7 nearly every cycle has a SMLAD and a load; on the Cortex-M4 three loads follow one another.
 */
#define ECGP_DUAL_WORD(weights, x0, x1, x2, x3, more) \
    "ldr    r8, [r12" weights "\n\t"                  \
    "ldr    r11, [lr, #" x1 "]\n\t"                   \
    "ldr    r10, [lr, #" x0 "]\n\t"                   \
    "smlad  r5, r8, r11, r5\n\t"                      \
    "sxtb16 r9, r8\n\t"                               \
    "smlad  r4, r8, r10, r4\n\t"                      \
    "smlad  r1, r9, r11, r1\n\t"                      \
    "ldr    r11, [lr, #" x3 "]\n\t"                   \
    "smlad  r0, r9, r10, r0\n\t"                      \
    "ldr    r10, [lr" x2 "\n\t"                       \
    "smlad  r7, r8, r11, r7\n\t"                      \
    "smlad  r2, r9, r10, r2\n\t"                      \
    "smlad  r3, r9, r11, r3\n\t"                      \
    more                                              \
    "smlad  r6, r8, r10, r6\n\t"

/** See the C. The loop's pointers are those of the first turn, as if it left nothing out, and go on by whole turns. */
static inline void ecgp_dual_begin(ecgp_dual_tile *t, const int32_t *weights, const uint32_t *inputs, int32_t words)
{
    const uint32_t left = (0u - (uint32_t)words) % ECGP_DUAL_TURN;

    t->back = (int32_t)(4u * left);
    t->entry = (int32_t)(ECGP_DUAL_CODE * left + 1u); /* of Thumb code */
    t->weights = (const int32_t *)((uintptr_t)weights + 4u * (ECGP_DUAL_TURN - 1u - left));
    t->inputs = (const uint32_t *)((uintptr_t)inputs + 16u * (ECGP_DUAL_TURN - 1u - left) + 8u);
    t->end = (const uint32_t *)((uintptr_t)inputs + 16u * (ECGP_DUAL_TURN - 1u + (uint32_t)words) + 8u);
}

/* The larger of two sums in the first; the two roundings of ecgp_rescaled(), the first with -1 for negative sums. */
#define ECGP_DUAL_LARGER(a, b) "cmp " a ", " b "\n\tit lt\n\tmovlt " a ", " b "\n\t"
#define ECGP_DUAL_FIRST(sum, multiplier) "asr lr, " sum ", #31\n\tsmmlar " sum ", " sum ", " multiplier ", lr\n\t"
#define ECGP_DUAL_SECOND(sum, right) "smmlar " sum ", " sum ", " right ", r12\n\t"
#define ECGP_DUAL_STORE(a, b) "strb " a ", [r8]\n\tstrb " b ", [r8, #1]\n\t"
#define ECGP_DUAL_SSAT(a, b) "ssat " a ", #8, " a "\n\tssat " b ", #8, " b "\n\t"

/** See the C of ecgp_dual_run(). The stack holds t and t->end. */
static ECGP_NAKED void ecgp_dual_run(ecgp_dual_tile *t ECGP_UNUSED)
{
    __asm__(
        "ldr   r1, [r0, #16]\n\t"
        "push  {r0, r1, r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n"
        "0:\n\t"
        "ldr   r7, [sp]\n\t"
        "ldm   r7, {r4, r6, r12, lr}\n\t"
        "ldrd  r0, r5, [r4], #8\n\t"
        "str   r4, [r7]\n\t"
        "adr.w r9, 1f\n\t"
        "add   r9, r9, r6\n\t"
        "add   r4, r0, r5, lsl #8\n\t"
        "mov   r1, r0\n\t"
        "mov   r2, r0\n\t"
        "mov   r3, r0\n\t"
        "mov   r5, r4\n\t"
        "mov   r6, r4\n\t"
        "mov   r7, r4\n\t"
        "bx    r9\n\t"
        ".p2align 2\n"
        "1:\n\t"
        ".irp  k, 7, 6, 5, 4, 3, 2, 1\n\t"
        ECGP_DUAL_WORD(", #-4*\\k]", "-16*\\k-8", "-16*\\k-4", ", #-16*\\k]", "-16*\\k+4", "")
        ".endr\n\t"
        ECGP_DUAL_WORD("], #32", "-8", "-4", "], #128", "4", "ldr r9, [sp, #4]\n\t")
        "cmp   lr, r9\n\t"
        "bne   1b\n\t"
        "ldr   lr, [sp]\n\t"
        "sub   r4, r4, r0\n\t"
        "sub   r5, r5, r1\n\t"
        "ldr   r8, [lr, #48]\n\t"
        "sub   r6, r6, r2\n\t"
        "sub   r7, r7, r3\n\t"
        "asr   r4, r4, #7\n\t"
        "asr   r5, r5, #7\n\t"
        "asr   r6, r6, #7\n\t"
        "asr   r7, r7, #7\n\t"
        "lsl   r0, r0, #1\n\t"
        "lsl   r1, r1, #1\n\t"
        "lsl   r2, r2, #1\n\t"
        "lsl   r3, r3, #1\n\t"
        "sub   r12, r12, r8\n\t"
        "str   r12, [lr, #8]\n\t"
        "ldr   r12, [lr, #20]\n\t"
        "ldr   r11, [lr, #24]\n\t"
        "ldrd  r8, r9, [r12], #8\n\t"
        "ldrsb r10, [r11]\n\t"
        "str   r12, [lr, #20]\n\t"
        "add   r12, r11, #2\n\t"
        "ldrsb r11, [r11, #1]\n\t"
        "str   r12, [lr, #24]\n\t"
        "mov   r12, #1\n\t"
        "add   r10, r10, #32\n\t"
        "add   r11, r11, #32\n\t"
        "lsl   r10, r12, r10\n\t"
        "lsl   r11, r12, r11\n\t"
        "ldr   r12, [lr, #44]\n\t"
        "cmp   r12, #2\n\t"
        "ldr   r12, [lr, #28]\n\t"
        "beq   3f\n\t"
        ECGP_DUAL_FIRST("r0", "r8") ECGP_DUAL_FIRST("r1", "r8") ECGP_DUAL_FIRST("r2", "r8") ECGP_DUAL_FIRST("r3", "r8")
        ECGP_DUAL_FIRST("r4", "r9") ECGP_DUAL_FIRST("r5", "r9") ECGP_DUAL_FIRST("r6", "r9") ECGP_DUAL_FIRST("r7", "r9")
        "ldr   lr, [sp]\n\t"
        ECGP_DUAL_SECOND("r0", "r10") ECGP_DUAL_SECOND("r1", "r10") ECGP_DUAL_SECOND("r2", "r10")
        ECGP_DUAL_SECOND("r3", "r10") ECGP_DUAL_SECOND("r4", "r11") ECGP_DUAL_SECOND("r5", "r11")
        "ldrd  r8, r9, [lr, #32]\n\t"
        ECGP_DUAL_SECOND("r6", "r11") ECGP_DUAL_SECOND("r7", "r11")
        "add   r10, r8, #2\n\t"
        "str   r10, [lr, #32]\n\t"
        ECGP_DUAL_SSAT("r0", "r4") ECGP_DUAL_SSAT("r1", "r5") ECGP_DUAL_SSAT("r2", "r6") ECGP_DUAL_SSAT("r3", "r7")
        ECGP_DUAL_STORE("r0", "r4")
        "add   r8, r8, r9\n\t" ECGP_DUAL_STORE("r1", "r5")
        "add   r8, r8, r9\n\t" ECGP_DUAL_STORE("r2", "r6")
        "add   r8, r8, r9\n\t" ECGP_DUAL_STORE("r3", "r7")
        "2:\n\t"
        "ldr   r8, [lr]\n\t"
        "ldr   r9, [lr, #40]\n\t"
        "cmp   r8, r9\n\t"
        "bne   0b\n\t"
        "pop   {r0, r1, r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}\n"
        "3:\n\t"
        ECGP_DUAL_LARGER("r0", "r1") ECGP_DUAL_LARGER("r2", "r3")
        ECGP_DUAL_LARGER("r4", "r5") ECGP_DUAL_LARGER("r6", "r7")
        ECGP_DUAL_FIRST("r0", "r8") ECGP_DUAL_FIRST("r2", "r8") ECGP_DUAL_FIRST("r4", "r9") ECGP_DUAL_FIRST("r6", "r9")
        "ldr   lr, [sp]\n\t"
        ECGP_DUAL_SECOND("r0", "r10") ECGP_DUAL_SECOND("r2", "r10")
        "ldrd  r8, r9, [lr, #32]\n\t"
        ECGP_DUAL_SECOND("r4", "r11") ECGP_DUAL_SECOND("r6", "r11")
        "add   r10, r8, #2\n\t"
        "str   r10, [lr, #32]\n\t"
        ECGP_DUAL_SSAT("r0", "r4") ECGP_DUAL_SSAT("r2", "r6")
        ECGP_DUAL_STORE("r0", "r4")
        "add   r8, r8, r9\n\t" ECGP_DUAL_STORE("r2", "r6")
        "b     2b");
}

#if ECGP_UNALIGNED
/* Four inputs, spread; t is lost. */
#define ECGP_DUAL_FOUR(four, t, to0, to1)  \
    "sxtb16 " t ", " four "\n\t"           \
    "sxtb16 " four ", " four ", ror #8\n\t" \
    "str    " t ", [r12, #" to0 "]\n\t"    \
    "str    " four ", [r12, #" to1 "]\n\t"

/** See the C of ecgp_dual_copy(). r12: where they go, r4: the next bytes, r5: fours of four. */
static ECGP_NAKED uint32_t *ecgp_dual_copy(const int8_t *from ECGP_UNUSED, int32_t count ECGP_UNUSED,
                                           int32_t step ECGP_UNUSED, int32_t run ECGP_UNUSED, uint32_t *to ECGP_UNUSED)
{
    __asm__("push  {r4, r5, r6, r7, r8, r9, r10, lr}\n\t"
            "ldr   r12, [sp, #32]\n"
            "0:\n\t"
            "mov   r4, r0\n\t"
            "lsrs  r5, r3, #4\n\t"
            "beq   2f\n"
            "1:\n\t"
            "ldr   r6, [r4, #4]\n\t"
            "ldr   r7, [r4, #8]\n\t"
            "ldr   r8, [r4, #12]\n\t"
            "ldr   r9, [r4], #16\n\t"
            ECGP_DUAL_FOUR("r6", "r10", "32", "48")
            ECGP_DUAL_FOUR("r7", "r10", "64", "80")
            ECGP_DUAL_FOUR("r8", "r10", "96", "112")
            ECGP_DUAL_FOUR("r9", "r10", "0", "16")
            "add   r12, r12, #128\n\t"
            "subs  r5, r5, #1\n\t"
            "bne   1b\n"
            "2:\n\t"
            "lsls  r5, r3, #29\n\t" /* C: eight bytes, N: four bytes */
            "bcc   3f\n\t"
            "ldr   r6, [r4, #4]\n\t"
            "ldr   r7, [r4], #8\n\t"
            ECGP_DUAL_FOUR("r6", "r10", "32", "48")
            ECGP_DUAL_FOUR("r7", "r10", "0", "16")
            "add   r12, r12, #64\n"
            "3:\n\t"
            "bpl   4f\n\t"
            "ldr   r6, [r4], #4\n\t"
            ECGP_DUAL_FOUR("r6", "r10", "0", "16")
            "add   r12, r12, #32\n"
            "4:\n\t"
            "ands  r5, r3, #3\n\t"
            "beq   6f\n\t"
            "ldrsb r6, [r4]\n\t"
            "cmp   r5, #2\n\t"
            "blt   5f\n\t"
            "ldrsb r7, [r4, #1]\n\t"
            "pkhbt r6, r6, r7, lsl #16\n\t"
            "beq   5f\n\t"
            "ldrsb r7, [r4, #2]\n\t"
            "str   r6, [r12], #16\n\t"
            "mov   r6, r7\n"
            "5:\n\t"
            "str   r6, [r12], #16\n"
            "6:\n\t"
            "add   r0, r0, r2\n\t"
            "subs  r1, r1, #1\n\t"
            "bne   0b\n\t"
            "mov   r0, r12\n\t"
            "pop   {r4, r5, r6, r7, r8, r9, r10, pc}");
}
#endif

#endif /* ECGP_DUAL_ASM_H */
