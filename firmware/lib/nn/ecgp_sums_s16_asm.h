/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_sums_s16_asm.h
 * @brief Assembly of ecgp_sums_s16.h for cores with DSP and unaligned words, where ECGP_ASSEMBLY is 1.
 */
#ifndef ECGP_SUMS_S16_ASM_H
#define ECGP_SUMS_S16_ASM_H

/*
 * See the C. r0 and r3 are the weights and their end, r1 the inputs of the first position, r8
 * to r10 the bytes from there to the others when two inputs have been passed, r4 to r7 the sums. A turn takes 21.
 */
static ECGP_NAKED void ecgp_sum_fours_s16(const int8_t *w ECGP_UNUSED, const int16_t *x ECGP_UNUSED,
                                          int32_t step ECGP_UNUSED, int32_t length ECGP_UNUSED,
                                          int32_t *sums ECGP_UNUSED)
{
    __asm__(
        "push   {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
        "ldr    r12, [sp, #36]\n\t"
        "add    r3, r3, r0\n\t"
        "lsls   r2, r2, #1\n\t"
        "sub    r8, r2, #4\n\t"
        "ldmia  r12, {r4, r5, r6, r7}\n\t"
        "add    r9, r8, r2\n\t"
        "add    r10, r9, r2\n"
        "1:\n\t"
        "ldr    r11, [r0], #4\n\t"
        "ldr    lr, [r1], #4\n\t"
        "ldr    r12, [r1, r8]\n\t"
        "sxtb16 r2, r11\n\t"
        "smlad  r4, r2, lr, r4\n\t"
        "ldr    lr, [r1, r9]\n\t"
        "smlad  r5, r2, r12, r5\n\t"
        "ldr    r12, [r1, r10]\n\t"
        "smlad  r6, r2, lr, r6\n\t"
        "ldr    lr, [r1], #4\n\t"
        "smlad  r7, r2, r12, r7\n\t"
        "sxtb16 r2, r11, ror #8\n\t"
        "ldr    r12, [r1, r8]\n\t"
        "smlad  r4, r2, lr, r4\n\t"
        "ldr    lr, [r1, r9]\n\t"
        "smlad  r5, r2, r12, r5\n\t"
        "ldr    r12, [r1, r10]\n\t"
        "smlad  r6, r2, lr, r6\n\t"
        "cmp    r0, r3\n\t"
        "smlad  r7, r2, r12, r7\n\t"
        "bne    1b\n\t"
        "ldr    r12, [sp, #36]\n\t"
        "stmia  r12, {r4, r5, r6, r7}\n\t"
        "pop    {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_SUMS_S16_ASM_H */
