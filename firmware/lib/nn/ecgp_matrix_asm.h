/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_matrix_asm.h
 * @brief Assembly of ecgp_matrix.h and ecgp_matrix_sparse.h for cores with DSP, where ECGP_ASSEMBLY is 1.
 */
#ifndef ECGP_MATRIX_ASM_H
#define ECGP_MATRIX_ASM_H

/* Adds the products of a word's bytes and of the spread inputs `even` and `odd` to `acc`; the word and t are lost. */
#define ECGP_MATRIX_WORD(acc, word, even, odd, t)             \
    "sxtb16 " t ", " word "\n\t"                              \
    "smlad  " acc ", " t ", " even ", " acc "\n\t"            \
    "sxtb16 " word ", " word ", ror #8\n\t"                   \
    "smlad  " acc ", " word ", " odd ", " acc "\n\t"

/* r0: weights, r1: inputs, r2: their end, r3, r9, r10, r11: the sums, r7 and r12: spread inputs, lr: free. */
#define ECGP_MATRIX_FOUR                                      \
    "ldr    r7, [r1], #4\n\t"                                 \
    "ldm    r0!, {r4, r5, r6, r8}\n\t"                        \
    "sxtb16 r12, r7, ror #8\n\t"                              \
    "sxtb16 r7, r7\n\t"                                       \
    ECGP_MATRIX_WORD("r3", "r4", "r7", "r12", "lr")           \
    ECGP_MATRIX_WORD("r9", "r5", "r7", "r12", "lr")           \
    ECGP_MATRIX_WORD("r10", "r6", "r7", "r12", "lr")          \
    ECGP_MATRIX_WORD("r11", "r8", "r7", "r12", "lr")

#if ECGP_UNALIGNED && !ECGP_HELIUM
/**
 * See the C of ecgp_matrix_fours(). Two words a turn; an odd number of them enters in the middle. The stack holds x,
 * where the next sums go, and where the last ones end.
 */
static ECGP_NAKED const int32_t *ecgp_matrix_fours(const int32_t *w ECGP_UNUSED, const int8_t *x ECGP_UNUSED,
                                                   const int8_t *end ECGP_UNUSED, int32_t *sums ECGP_UNUSED,
                                                   int32_t count ECGP_UNUSED)
{
    __asm__("push  {r1, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n\t"
            "ldr   r4, [sp, #48]\n\t"
            "add   r4, r3, r4, lsl #2\n\t"
            "str   r4, [sp, #40]\n"
            "0:\n\t"
            "ldr   r1, [sp]\n\t"
            "movs  r3, #0\n\t"
            "mov   r9, r3\n\t"
            "mov   r10, r3\n\t"
            "subs  r4, r2, r1\n\t"
            "mov   r11, r3\n\t"
            "lsls  r4, r4, #29\n\t"
            "bmi   2f\n"
            "1:\n\t" ECGP_MATRIX_FOUR
            "2:\n\t" ECGP_MATRIX_FOUR
            "cmp   r1, r2\n\t"
            "bne   1b\n\t"
            "ldr   r4, [sp, #4]\n\t"
            "ldr   r5, [sp, #40]\n\t"
            "stm   r4!, {r3, r9, r10, r11}\n\t"
            "str   r4, [sp, #4]\n\t"
            "cmp   r4, r5\n\t"
            "bne   0b\n\t"
            "pop   {r1, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}");
}
#endif

#define ECGP_MATRIX_GROUP(distances, weights)               \
    "uxtab  %[t], %[x], " distances "\n\t"                  \
    "sxtb16 %[v], " weights "\n\t"                          \
    "ldrsb  %[t], [%[t]]\n\t"                               \
    "smlabb %[acc], %[v], %[t], %[acc]\n\t"                 \
    "uxtab  %[t], %[x], " distances ", ror #16\n\t"         \
    "sxtb16 " weights ", " weights ", ror #8\n\t"           \
    "ldrsb  %[t], [%[t]]\n\t"                               \
    "smlatb %[acc], %[v], %[t], %[acc]\n\t"                 \
    "uxtab  %[t], %[x], " distances ", ror #8\n\t"          \
    "ldrsb  %[t], [%[t]]\n\t"                               \
    "smlabb %[acc], " weights ", %[t], %[acc]\n\t"          \
    "uxtab  %[x], %[x], " distances ", ror #24\n\t"         \
    "ldrsb  %[t], [%[x]]\n\t"                               \
    "smlatb %[acc], " weights ", %[t], %[acc]\n\t"

/** See the C of ecgp_matrix_groups(). Two groups a turn; an odd number of them enters in the middle. */
static inline int32_t ecgp_matrix_groups(const int32_t *groups, const int32_t *end, const int8_t *x)
{
    int32_t acc = 0;
    uint32_t t;
    uint32_t v;

    __asm__("cmp   %[g], %[end]\n\t"
            "beq   3f\n\t"
            "sub   %[t], %[end], %[g]\n\t"
            "lsls  %[t], %[t], #28\n\t"
            "bpl   1f\n\t"
            "ldrd  r6, r8, [%[g]], #8\n\t"
            "b     2f\n"
            "1:\n\t"
            "ldm   %[g]!, {r4, r5, r6, r8}\n\t" ECGP_MATRIX_GROUP("r4", "r5")
            "2:\n\t" ECGP_MATRIX_GROUP("r6", "r8")
            "cmp   %[g], %[end]\n\t"
            "bne   1b\n"
            "3:"
            : [acc] "+r"(acc), [g] "+r"(groups), [x] "+r"(x), [t] "=&r"(t), [v] "=&r"(v)
            : [end] "r"(end)
            : "r4", "r5", "r6", "r8", "cc", "memory");
    return acc;
}

/* Two blocks. r0 and r1: the sums of ecgp_matrix_blocks(), r3: inputs of the block before, r4: distances; r7, r12, lr: free. */
#define ECGP_MATRIX_BLOCKS(ror0, ror1, weights0, weights1)    \
    "uxtab  lr, r3, r4" ror0 "\n\t"                           \
    "uxtab  r3, lr, r4" ror1 "\n\t"                           \
    "ldr    r7, [lr]\n\t"                                     \
    "ldr    r12, [r3]\n\t"                                    \
    "sxtb16 lr, " weights0 "\n\t"                             \
    "smlad  r1, lr, r7, r1\n\t"                               \
    "uxtb16 r7, r7\n\t"                                       \
    "smlad  r0, " weights0 ", r7, r0\n\t"                     \
    "sxtb16 lr, " weights1 "\n\t"                             \
    "smlad  r1, lr, r12, r1\n\t"                              \
    "uxtb16 r12, r12\n\t"                                     \
    "smlad  r0, " weights1 ", r12, r0\n\t"

#if ECGP_DUAL_ISSUE
/*
 * Fours of blocks up to r9, r2 == r9 for none, a load or SXTB16 beside each multiplication. r4, r5, r6 and r8 are loaded
 * for the next four already, behind the last one as well; r11 is free.
 */
#define ECGP_MATRIX_FOURS_OF_BLOCKS                           \
    "add    r9, r2, r9\n\t"                                   \
    "cmp    r2, r9\n\t"                                       \
    "beq    4f\n\t"                                           \
    "ldrd   r4, r5, [r2]\n\t"                                 \
    "ldrd   r6, r8, [r2, #8]\n"                               \
    "2:\n\t"                                                  \
    "uxtab  lr, r3, r4\n\t"                                   \
    "uxtab  r3, lr, r4, ror #8\n\t"                           \
    "ldr    r7, [lr]\n\t"                                     \
    "sxtb16 lr, r5\n\t"                                       \
    "ldr    r12, [r3]\n\t"                                    \
    "uxtab  r3, r3, r4, ror #16\n\t"                          \
    "smlad  r1, lr, r7, r1\n\t"                               \
    "sxtb16 lr, r6\n\t"                                       \
    "adds   r2, r2, #20\n\t"                                  \
    "smlad  r1, lr, r12, r1\n\t"                              \
    "uxtb16 r12, r12\n\t"                                     \
    "ldr    r11, [r3]\n\t"                                    \
    "sxtb16 lr, r8\n\t"                                       \
    "ldr    r10, [r2, #-4]\n\t"                               \
    "uxtb16 r7, r7\n\t"                                       \
    "smlad  r0, r6, r12, r0\n\t"                              \
    "uxtab  r3, r3, r4, ror #24\n\t"                          \
    "smlad  r0, r5, r7, r0\n\t"                               \
    "uxtb16 r7, r11\n\t"                                      \
    "smlad  r1, lr, r11, r1\n\t"                              \
    "sxtb16 lr, r10\n\t"                                      \
    "smlad  r0, r8, r7, r0\n\t"                               \
    "cmp    r2, r9\n\t"                                       \
    "ldr    r12, [r3]\n\t"                                    \
    "ldrd   r4, r5, [r2]\n\t"                                 \
    "uxtb16 r7, r12\n\t"                                      \
    "smlad  r1, lr, r12, r1\n\t"                              \
    "ldrd   r6, r8, [r2, #8]\n\t"                             \
    "smlad  r0, r10, r7, r0\n\t"                              \
    "bne    2b\n"
#else
#define ECGP_MATRIX_FOUR_BLOCKS                               \
    "ldm    r2!, {r4, r5, r6, r8, r10}\n\t"                   \
    ECGP_MATRIX_BLOCKS("", ", ror #8", "r5", "r6")            \
    ECGP_MATRIX_BLOCKS(", ror #16", ", ror #24", "r8", "r10")
/* Fours of blocks up to r9, two a turn; carry: an odd number of them. */
#define ECGP_MATRIX_FOURS_OF_BLOCKS                           \
    "add    r9, r2, r9\n\t"                                   \
    "bcs    3f\n\t"                                           \
    "cmp    r2, r9\n\t"                                       \
    "beq    4f\n"                                             \
    "2:\n\t" ECGP_MATRIX_FOUR_BLOCKS                          \
    "3:\n\t" ECGP_MATRIX_FOUR_BLOCKS                          \
    "cmp    r2, r9\n\t"                                       \
    "bne    2b\n"
#endif

/**
 * See the C of ecgp_matrix_blocks(). r2: stream, r9: its end for this output. The stack holds x, where the next sum goes,
 * and `last`.
 */
static ECGP_NAKED const int32_t *ecgp_matrix_blocks(const int32_t *stream ECGP_UNUSED, const int8_t *x ECGP_UNUSED,
                                                    int32_t *sums ECGP_UNUSED, const int32_t *last ECGP_UNUSED)
{
    __asm__("push  {r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "mov   r2, r0\n"
            "0:\n\t"
            "ldr   r9, [r2], #4\n\t"
            "ldr   r3, [sp]\n\t"
            "movs  r0, #0\n\t"
            "movs  r1, #0\n\t"
            "lsls  r4, r9, #31\n\t" /* N: two blocks by themselves; C: an odd number of fours */
            "bic   r9, r9, #3\n\t"
            "bpl   1f\n\t"
            "ldm   r2!, {r4, r5, r6}\n\t"
            ECGP_MATRIX_BLOCKS("", ", ror #8", "r5", "r6")
            "1:\n\t"
            ECGP_MATRIX_FOURS_OF_BLOCKS
            "4:\n\t"
            "ldrd  r4, r5, [sp, #4]\n\t"
            "subs  r0, r0, r1\n\t"
            "asrs  r0, r0, #8\n\t"
            "str   r0, [r4], #4\n\t"
            "str   r4, [sp, #4]\n\t"
            "cmp   r4, r5\n\t"
            "bne   0b\n\t"
            "mov   r0, r2\n\t"
            "pop   {r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_MATRIX_ASM_H */
