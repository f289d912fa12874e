/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_matrix_dual_asm.h
 * @brief Assembly of ecgp_matrix_dual.h for cores with DSP, where ECGP_ASSEMBLY and ECGP_UNALIGNED are 1.
 */
#ifndef ECGP_MATRIX_DUAL_ASM_H
#define ECGP_MATRIX_DUAL_ASM_H

/*
 * Two inputs of four and eight outputs. r0 to r3 are the sums of the low bytes, r4 to r7 those of the whole halfwords;
 * r8 the inputs, r9 to r11 words; r12 points to the last word of a turn, lr to its last inputs.
 */
#define ECGP_MATRIX_DUAL_HALF(ror, x, w0, w1, w2, w3, more) \
    "ldr    r8, [lr" x "\n\t"                               \
    "ldr    r11, [r12, #" w2 "]\n\t"                        \
    "ldr    r9, [r12, #" w0 "]\n\t"                         \
    "ldr    r10, [r12, #" w1 "]\n\t"                        \
    "sxtb16 r8, r8" ror "\n\t"                              \
    "smlad  r4, r9, r8, r4\n\t"                             \
    "sxtb16 r9, r9\n\t"                                     \
    "smlad  r6, r11, r8, r6\n\t"                            \
    "smlad  r5, r10, r8, r5\n\t"                            \
    "sxtb16 r11, r11\n\t"                                   \
    "smlad  r0, r9, r8, r0\n\t"                             \
    "ldr    r9, [r12" w3 "\n\t"                             \
    "smlad  r2, r11, r8, r2\n\t"                            \
    more                                                    \
    "sxtb16 r10, r10\n\t"                                   \
    "smlad  r7, r9, r8, r7\n\t"                             \
    "sxtb16 r9, r9\n\t"                                     \
    "smlad  r1, r10, r8, r1\n\t"                            \
    "smlad  r3, r9, r8, r3\n\t"

/**
 * See the C of ecgp_matrix_dual_tiles(). Two words of inputs a turn; an odd number of them enters in the middle. The
 * stack holds the inputs and their end, each plus 4, where the next sums go, and in place of the count where they end.
 */
static ECGP_NAKED const int32_t *ecgp_matrix_dual_tiles(const int32_t *w ECGP_UNUSED, const int8_t *x ECGP_UNUSED,
                                                        const int8_t *end ECGP_UNUSED, int32_t *sums ECGP_UNUSED,
                                                        int32_t count ECGP_UNUSED)
{
    __asm__("push  {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub   sp, #12\n\t"
            "ldr   r4, [sp, #48]\n\t"
            "add   r4, r3, r4, lsl #2\n\t"
            "str   r4, [sp, #48]\n\t"
            "str   r3, [sp, #8]\n\t"
            "adds  r5, r1, #4\n\t"
            "adds  r6, r2, #4\n\t"
            "strd  r5, r6, [sp]\n\t"
            "add   r12, r0, #60\n"
            "0:\n\t"
            "ldrd  lr, r11, [sp]\n\t"
            "movs  r0, #0\n\t"
            "movs  r1, #0\n\t"
            "movs  r2, #0\n\t"
            "movs  r3, #0\n\t"
            "movs  r4, #0\n\t"
            "movs  r5, #0\n\t"
            "movs  r6, #0\n\t"
            "movs  r7, #0\n\t"
            "sub   r8, r11, lr\n\t"
            "ands  r8, r8, #4\n\t"
            "sub   lr, lr, r8\n\t"
            "sub   r12, r12, r8, lsl #3\n\t"
            "bne   2f\n"
            "1:\n\t"
            ECGP_MATRIX_DUAL_HALF("", ", #-4]", "-60", "-56", "-52", ", #-48]", "")
            ECGP_MATRIX_DUAL_HALF(", ror #8", ", #-4]", "-44", "-40", "-36", ", #-32]", "")
            "2:\n\t"
            ECGP_MATRIX_DUAL_HALF("", "]", "-28", "-24", "-20", ", #-16]", "")
            ECGP_MATRIX_DUAL_HALF(", ror #8", "], #8", "-12", "-8", "-4", "], #64", "ldr r11, [sp, #4]\n\t")
            "cmp   lr, r11\n\t"
            "bne   1b\n\t"
            "ldr   r8, [sp, #8]\n\t"
            "ldr   r9, [sp, #48]\n\t"
            "sub   r4, r4, r0\n\t"
            "sub   r5, r5, r1\n\t"
            "sub   r6, r6, r2\n\t"
            "sub   r7, r7, r3\n\t"
            "asr   r4, r4, #8\n\t"
            "asr   r5, r5, #8\n\t"
            "asr   r6, r6, #8\n\t"
            "asr   r7, r7, #8\n\t"
            "stm   r8!, {r0, r1, r2, r3, r4, r5, r6, r7}\n\t"
            "str   r8, [sp, #8]\n\t"
            "cmp   r8, r9\n\t"
            "bne   0b\n\t"
            "sub   r0, r12, #60\n\t"
            "add   sp, #12\n\t"
            "pop   {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_MATRIX_DUAL_ASM_H */
