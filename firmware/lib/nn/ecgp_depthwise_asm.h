/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_asm.h
 * @brief Assembly of ecgp_depthwise_conv_smlad.c for cores with DSP, where ECGP_ASSEMBLY is 1; loads unaligned words.
 */
#ifndef ECGP_DEPTHWISE_ASM_H
#define ECGP_DEPTHWISE_ASM_H

ECGP_STATIC_ASSERT(LANES == 4 && ECGP_DEPTHWISE_ENTRY == 6, "the loop below is written for these");
ECGP_STATIC_ASSERT(offsetof(lanes, bias) == 0 && offsetof(lanes, entries) == 16 && offsetof(lanes, end) == 20 &&
                       offsetof(lanes, x) == 24 && offsetof(lanes, output) == 28 && offsetof(lanes, multiplier) == 32 &&
                       offsetof(lanes, right) == 48 && offsetof(lanes, zero) == 64 && offsetof(lanes, step) == 68 &&
                       offsetof(lanes, output_step) == 72 && offsetof(lanes, last) == 76,
                   "the order that the loop below loads and stores in");

/* ecgp_rescaled() in two halves, as multipliers make room for the zero point; then the output of one lane. */
#define ECGP_DEPTHWISE_HALF(sum, factor)         \
    "lsls   " sum ", " sum ", #1\n\t"            \
    "smmulr " factor ", " sum ", " factor "\n\t" \
    "sub    " factor ", " factor ", " sum ", lsr #31\n\t"
#define ECGP_DEPTHWISE_REST(value, right, to)            \
    "smmlar " value ", " value ", " right ", r0\n\t"     \
    "ssat   " value ", #8, " value "\n\t"                \
    "strb   " value ", [r4, #" to "]\n\t"

/** See the C of run(). r0 to r3: sums, r7: entries, r11: their end, r12: window; &t->output lies on the stack. */
static ECGP_NAKED void run(lanes *t ECGP_UNUSED)
{
    __asm__(
        "adds   r0, r0, #28\n\t"
        "push   {r0, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
        "mov    lr, r0\n"
        "0:\n\t"
        "ldmdb  lr, {r0, r1, r2, r3, r7, r11, r12}\n"
        "1:\n\t"
        "ldmia  r7!, {r4, r5, r6, r8, r9, r10}\n\t"
        "ldr    r4, [r12, r4]\n\t"
        "ldr    r5, [r12, r5]\n\t"
        "pkhbt  lr, r4, r5, lsl #16\n\t"
        "pkhtb  r5, r5, r4, asr #16\n\t"
        "sxtb16 r4, lr, ror #8\n\t"
        "sxtb16 lr, lr\n\t"
        "smlad  r1, r4, r8, r1\n\t"
        "smlad  r0, lr, r6, r0\n\t"
        "sxtb16 r4, r5, ror #8\n\t"
        "sxtb16 r5, r5\n\t"
        "smlad  r3, r4, r10, r3\n\t"
        "smlad  r2, r5, r9, r2\n\t"
        "cmp    r7, r11\n\t"
        "bne    1b\n\t"
        "ldr    lr, [sp]\n\t"
        "ldmia  lr, {r4, r5, r6, r7, r8, r9, r10, r11, r12}\n\t"
        ECGP_DEPTHWISE_HALF("r0", "r5") ECGP_DEPTHWISE_HALF("r1", "r6")
        ECGP_DEPTHWISE_HALF("r2", "r7") ECGP_DEPTHWISE_HALF("r3", "r8")
        "add    r1, lr, #36\n\t"
        "ldmia  r1, {r0, r1, r2, r3}\n\t"
        ECGP_DEPTHWISE_REST("r5", "r9", "0") ECGP_DEPTHWISE_REST("r6", "r10", "1")
        ECGP_DEPTHWISE_REST("r7", "r11", "2") ECGP_DEPTHWISE_REST("r8", "r12", "3")
        "ldr    r5, [lr, #-4]\n\t"
        "add    r5, r5, r1\n\t"
        "add    r6, r4, r2\n\t"
        "strd   r5, r6, [lr, #-4]\n\t"
        "cmp    r5, r3\n\t"
        "bne    0b\n\t"
        "pop    {r0, r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_DEPTHWISE_ASM_H */
