/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlal_outputs.h
 * @brief How ecgp_smlal_asm.h makes outputs of a tile's sums, four at a time, and goes to the next tile: with DSP, and without.
 */
#ifndef ECGP_SMLAL_OUTPUTS_H
#define ECGP_SMLAL_OUTPUTS_H

/* The upper sum of low:high; low is lost. */
#define ECGP_SMLAL_UPPER(to, low, high) \
    "lsrs  " low ", " low ", #23\n\t"   \
    "adc   " to ", " low ", " high ", lsl #9\n\t"

/* to = the larger lower sum of two accumulators, 9 bits to the left. */
#define ECGP_SMLAL_LARGER_LOWER(to, low0, low1) \
    "lsl   " to ", " low0 ", #9\n\t"            \
    "cmp   " to ", " low1 ", lsl #9\n\t"        \
    "it    lt\n\t"                              \
    "lsllt " to ", " low1 ", #9\n\t"

#define ECGP_SMLAL_LARGER(to, other) \
    "cmp   " to ", " other "\n\t"    \
    "it    lt\n\t"                   \
    "movlt " to ", " other "\n\t"

/* Four outputs of r0 and r1, lower sums << 9, and r4 and r8, upper sums; r2: doubled bias, r3: multiplier, r5 and r6: right and
   zero, r7, r9 and r10: step, upper and upper_step, r11: output. `negative` is what follows the first rounding. */
#if ECGP_DSP
/* Instructions of the four stand side by side, as SMMULR and SMMLAR take two cycles if they are waited for. */
#define ECGP_SMLAL_FOUR(negative)                                                                          \
    "smmulr r0, r0, r3\n\tsmmulr r1, r1, r3\n\tsmmulr r4, r4, r3\n\tsmmulr r8, r8, r3\n\t" negative        \
    "smmlar r0, r0, r5, r6\n\tsmmlar r1, r1, r5, r6\n\tsmmlar r4, r4, r5, r6\n\tsmmlar r8, r8, r5, r6\n\t" \
    "ssat  r0, #8, r0\n\tssat  r1, #8, r1\n\tssat  r4, #8, r4\n\tssat  r8, #8, r8\n\t"
/* See ecgp_rescaled(). */
#define ECGP_SMLAL_NEGATIVE                                      \
    "add   r0, r0, r0, asr #31\n\tadd   r1, r1, r1, asr #31\n\t" \
    "add   r4, r4, r4, asr #31\n\tadd   r8, r8, r8, asr #31\n\t"
/* What follows the entries. Below a zero point of -128 no output is less than that, however a tie of a negative value is rounded,
   and up to 12 bits 2^(32 - right) + 1 rounds it away from zero, see ecgp_depthwise_nine_asm.h: no ECGP_SMLAL_NEGATIVE then.
   Not pooled, outputs have that code alone. r1: zero, r6: pool. Bit 0 of an address: Thumb. */
#define ECGP_SMLAL_FOLLOWS                \
    "adr.w r3, 3f\n\t"                    \
    "adr.w r4, 13f\n\t"                   \
    "adr.w r7, 5f\n\t"                    \
    "cmn   r1, #128\n\t"                  \
    "it    eq\n\t"                        \
    "moveq r4, r3\n\t"                    \
    "cmp   r6, #2\n\t"                    \
    "itt   ne\n\t"                        \
    "movne r3, r7\n\t"                    \
    "movne r4, r7\n\t"                    \
    "adds  r3, #1\n\t"                    \
    "adds  r4, #1\n\t"                    \
    "strd  r3, r4, " ECGP_SMLAL_NEAR "\n\t"
/* r12: 2^(32 - right), or 1 more, from the shift; lr is 1. */
#define ECGP_SMLAL_RIGHT                    \
    "ldr   r7, [r0, #20]\n\t"               \
    "ldrd  r5, r6, " ECGP_SMLAL_NEAR "\n\t" \
    "subs  r7, #1\n\t"                      \
    "cmn   r12, #12\n\t"                    \
    "add   r12, r12, #32\n\t"               \
    "lsl   r12, lr, r12\n\t"                \
    "ite   ge\n\t"                          \
    "addge r12, r12, r7\n\t"                \
    "movlt r5, r6\n\t"                      \
    "str   r5, " ECGP_SMLAL_AFTER "\n\t"
#else
#define ECGP_SMLAL_RESCALE(value)                        \
    "smull r2, " value ", " value ", r3\n\t"             \
    "lsls  r2, r2, #1\n\t"                               \
    "adc   " value ", " value ", #0\n\t"                 \
    "add   " value ", " value ", " value ", asr #31\n\t" \
    "add   " value ", " value ", r6\n\t"                 \
    "asr   " value ", " value ", r5\n\t"                 \
    "ssat  " value ", #8, " value "\n\t"
#define ECGP_SMLAL_FOUR(negative) \
    ECGP_SMLAL_RESCALE("r0") ECGP_SMLAL_RESCALE("r1") ECGP_SMLAL_RESCALE("r4") ECGP_SMLAL_RESCALE("r8")
#define ECGP_SMLAL_FOLLOWS                \
    "adr.w r3, 13f\n\t"                   \
    "adr.w r4, 5f\n\t"                    \
    "cmp   r6, #2\n\t"                    \
    "it    ne\n\t"                        \
    "movne r3, r4\n\t"                    \
    "adds  r3, #1\n\t"                    \
    "str   r3, " ECGP_SMLAL_AFTER "\n\t"
/* r12: right; the zero point becomes that of ecgp_rescale, half of 2^right included. */
#define ECGP_SMLAL_RIGHT           \
    "rsb   r12, r12, #0\n\t"       \
    "ldr   r7, [r0]\n\t"           \
    "lsl   lr, lr, r12\n\t"        \
    "lsl   r7, r7, r12\n\t"        \
    "add   r7, r7, lr, lsr #1\n\t" \
    "str   r7, [sp, #12]\n\t"
#endif

/* Loads what four outputs need, and stores them. */
#define ECGP_SMLAL_OUTPUTS(negative)                            \
    "ldm   sp, {r2, r3, r5, r6, r7, r9, r10, r11, r12, lr}\n\t" \
    "add   r0, r2, r0, asr #8\n\t"                              \
    "add   r1, r2, r1, asr #8\n\t"                              \
    "add   r4, r2, r4, lsl #1\n\t"                              \
    "add   r8, r2, r8, lsl #1\n\t"                              \
    ECGP_SMLAL_FOUR(negative)                                   \
    "strb  r0, [r11]\n\t"                                       \
    "strb  r1, [r11, r7]\n\t"                                   \
    "strb  r4, [r11, r9]\n\t"                                   \
    "strb  r8, [r11, r10]\n\t"                                  \
    "add   r11, r11, r7, lsl #1\n\t"

/* The next tile, or to the next channel. */
#define ECGP_SMLAL_NEXT_TILE                    \
    "add   r12, #16\n\t"                        \
    "strd  r11, r12, " ECGP_SMLAL_OUTPUT "\n\t" \
    "cmp   r12, lr\n\t"                         \
    "it    ne\n\t"                              \
    "ldrne pc, " ECGP_SMLAL_START "\n\t"        \
    "b     8f\n"

/* The larger sums of two positions. */
#define ECGP_SMLAL_POOLED                      \
    ECGP_SMLAL_LARGER_LOWER("r0", "r4", "r6")  \
    ECGP_SMLAL_LARGER_LOWER("r1", "r8", "r10") \
    ECGP_SMLAL_UPPER("r4", "r4", "r5")         \
    ECGP_SMLAL_UPPER("r6", "r6", "r7")         \
    ECGP_SMLAL_LARGER("r4", "r6")              \
    ECGP_SMLAL_UPPER("r8", "r8", "r9")         \
    ECGP_SMLAL_UPPER("r10", "r10", "r11")      \
    ECGP_SMLAL_LARGER("r8", "r10")

#endif /* ECGP_SMLAL_OUTPUTS_H */
