/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_row_smlad_asm.h
 * @brief Assembly of ecgp_conv_row_smlad.c for cores with DSP, where ECGP_ASSEMBLY is 1.
 */
#ifndef ECGP_CONV_ROW_SMLAD_ASM_H
#define ECGP_CONV_ROW_SMLAD_ASM_H

ECGP_STATIC_ASSERT(TILE == 8 && ECGP_ROW_SMLAD_TAPS == 5 && MORE == 3, "the loops below are written for these");
ECGP_STATIC_ASSERT(offsetof(row_channel, first) == 0 && offsetof(row_channel, second) == 4 && offsetof(row_channel, third) == 8 &&
                       offsetof(row_channel, bias) == 12 && offsetof(row_channel, factor) == 16 &&
                       offsetof(row_channel, right) == 20 && offsetof(row_channel, zero) == 24 &&
                       offsetof(row_channel, inputs) == 28 && offsetof(row_channel, output) == 32 &&
                       offsetof(row_channel, end) == 36 && offsetof(row_channel, last) == 40 &&
                       offsetof(row_channel, last_output) == 44,
                   "the order that the loops below load in");

/*
 * r0 to r4: words of columns, then sums in their place; r5 to r7: weights 0 and 1, 2 and 3, 4 and the step of outputs; r8: bias,
 * r9: factor, r10: right, r11: zero, r12: inputs, lr: output. On the stack: end, last, last_output.
 *
 * An output is four instructions. SMMLAR by 2 * multiplier - 2^32, plus the sum itself, is round(sum * multiplier / 2^31)
 * for multipliers from 2^30 up, and no sum is doubled. For the second one see ecgp_depthwise_nine_asm.h. SMMLAR takes two
 * cycles where the next instruction needs it, so other work stands between.
 */
#define ECGP_ROW_X(to, at) "ldr    " to ", [r12, #4 * " at "]\n\t"
#define ECGP_ROW_FIRST(to, x) "smlad  " to ", " x ", r5, r8\n\t"
#define ECGP_ROW_SECOND(sum, x) "smlad  " sum ", " x ", r6, " sum "\n\t"
#define ECGP_ROW_THIRD_LOWER(sum, x) "smlabb " sum ", " x ", r7, " sum "\n\t"
#define ECGP_ROW_THIRD_UPPER(sum, x) "smlatb " sum ", " x ", r7, " sum "\n\t"
#define ECGP_ROW_FACTOR(sum) "smmlar " sum ", " sum ", r9, " sum "\n\t"
#define ECGP_ROW_SHIFT(sum) "smmlar " sum ", " sum ", r10, r11\n\t"
#define ECGP_ROW_CLAMP(sum) "ssat   " sum ", #8, " sum "\n\t"
#define ECGP_ROW_STORE(sum) "strb   " sum ", [lr]\n\t"
#define ECGP_ROW_STEP "add    lr, lr, r7, lsr #16\n\t"
#define ECGP_ROW_LARGER(sum, other)  \
    "cmp    " sum ", " other "\n\t" \
    "it     lt\n\t"                 \
    "movlt  " sum ", " other "\n\t"

#define ECGP_ROW_ENTER                                                 \
    "push   {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"               \
    "ldm    r0!, {r5, r6, r7, r8, r9, r10, r11, r12, lr}\n\t"         \
    "ldm    r0, {r1, r2, r3}\n\t"                                     \
    "push   {r1, r2, r3}\n"                                           \
    "1:\n\t"                                                          \
    ECGP_ROW_X("r0", "0") ECGP_ROW_X("r1", "1") ECGP_ROW_X("r2", "2") ECGP_ROW_X("r3", "3")
/* Then the last tile, unless it was the last whole one. r4: end. */
#define ECGP_ROW_LEAVE                  \
    "ldr    r12, [sp, #4]\n\t"         \
    "ldr    lr, [sp, #8]\n\t"          \
    "add    r0, r12, #32\n\t"          \
    "str    r0, [sp]\n\t"              \
    "cmp    r0, r4\n\t"                \
    "bne    1b\n\t"                    \
    "add    sp, sp, #12\n\t"           \
    "pop    {r4, r5, r6, r7, r8, r9, r10, r11, pc}"

/* The products of a fifth tap, at a word and half a word on: of those channels that have one. */
#define ECGP_ROW_FIFTH(a, b, e) ECGP_ROW_THIRD_LOWER(a, e) ECGP_ROW_THIRD_UPPER(b, e)
#define ECGP_ROW_NO_FIFTH(a, b, e) ""

/* Two positions: a to d are the words of the first and of the three behind it. The larger sum is left in a. What was in e before,
 * the larger sum of the two positions before these, is written as an output; then e takes the next word. */
#define ECGP_ROW_POOLED(a, b, c, d, e, next, FIFTH)                                                 \
    ECGP_ROW_FIRST(a, a) ECGP_ROW_FACTOR(e) ECGP_ROW_FIRST(b, b) ECGP_ROW_SECOND(a, c)               \
    ECGP_ROW_SHIFT(e) ECGP_ROW_SECOND(b, d) ECGP_ROW_CLAMP(e) ECGP_ROW_STORE(e) next                 \
    ECGP_ROW_STEP FIFTH(a, b, e) ECGP_ROW_LARGER(a, b)

/* A tile of two positions an output. `last`: the load of the last word, which only a fifth tap reads. */
#define ECGP_ROW_POOLED_TILE(last, FIFTH)                                                           \
    ECGP_ROW_X("r4", "4")                                                                           \
    ECGP_ROW_FIRST("r0", "r0") ECGP_ROW_FIRST("r1", "r1")                                           \
    ECGP_ROW_SECOND("r0", "r2") ECGP_ROW_SECOND("r1", "r3")                                         \
    FIFTH("r0", "r1", "r4")                                                                         \
    ECGP_ROW_LARGER("r0", "r1")                                                                     \
    ECGP_ROW_X("r1", "5")                                                                           \
    ECGP_ROW_POOLED("r2", "r3", "r4", "r1", "r0", ECGP_ROW_X("r0", "6"), FIFTH)                     \
    ECGP_ROW_X("r3", "7")                                                                           \
    ECGP_ROW_POOLED("r4", "r1", "r0", "r3", "r2", ECGP_ROW_X("r2", "8"), FIFTH)                     \
    ECGP_ROW_X("r1", "9")                                                                           \
    ECGP_ROW_POOLED("r0", "r3", "r2", "r1", "r4", last, FIFTH)                                      \
    ECGP_ROW_FACTOR("r0")                                                                           \
    "ldr    r4, [sp]\n\t"                                                                          \
    "add    r12, r12, #32\n\t"                                                                     \
    ECGP_ROW_SHIFT("r0")                                                                            \
    "cmp    r12, r4\n\t"                                                                           \
    ECGP_ROW_CLAMP("r0")                                                                            \
    ECGP_ROW_STORE("r0")                                                                            \
    ECGP_ROW_STEP                                                                                   \
    "bne    1b\n\t"

/** See the C of run(): two positions an output. On a Cortex-M4 73 cycles of 8 positions. */
static ECGP_NAKED void run_pooled(const row_channel *c ECGP_UNUSED)
{
    __asm__(ECGP_ROW_ENTER ECGP_ROW_POOLED_TILE(ECGP_ROW_X("r4", "10"), ECGP_ROW_FIFTH) ECGP_ROW_LEAVE);
}

/** The same of four taps, in 64 cycles. */
static ECGP_NAKED void run_pooled_four(const row_channel *c ECGP_UNUSED)
{
    __asm__(ECGP_ROW_ENTER ECGP_ROW_POOLED_TILE("", ECGP_ROW_NO_FIFTH) ECGP_ROW_LEAVE);
}

/* Two positions, as above, and their outputs. a and b are free then. */
#define ECGP_ROW_PLAIN(a, b, c, d, e)                                                                                   \
    ECGP_ROW_FIRST(a, a) ECGP_ROW_FIRST(b, b) ECGP_ROW_SECOND(a, c) ECGP_ROW_SECOND(b, d)                                \
    ECGP_ROW_THIRD_LOWER(a, e) ECGP_ROW_THIRD_UPPER(b, e) ECGP_ROW_FACTOR(a) ECGP_ROW_FACTOR(b)                          \
    ECGP_ROW_SHIFT(a) ECGP_ROW_SHIFT(b) ECGP_ROW_CLAMP(a) ECGP_ROW_STORE(a) ECGP_ROW_STEP ECGP_ROW_CLAMP(b)             \
    ECGP_ROW_STORE(b) ECGP_ROW_STEP

/** See the C of run(): an output of every position. */
static ECGP_NAKED void run_plain(const row_channel *c ECGP_UNUSED)
{
    __asm__(ECGP_ROW_ENTER
            ECGP_ROW_X("r4", "4")
            ECGP_ROW_PLAIN("r0", "r1", "r2", "r3", "r4")
            ECGP_ROW_X("r1", "5") ECGP_ROW_X("r0", "6")
            ECGP_ROW_PLAIN("r2", "r3", "r4", "r1", "r0")
            ECGP_ROW_X("r3", "7") ECGP_ROW_X("r2", "8")
            ECGP_ROW_PLAIN("r4", "r1", "r0", "r3", "r2")
            ECGP_ROW_X("r1", "9") ECGP_ROW_X("r4", "10")
            ECGP_ROW_PLAIN("r0", "r3", "r2", "r1", "r4")
            "ldr    r4, [sp]\n\t"
            "add    r12, r12, #32\n\t"
            "cmp    r12, r4\n\t"
            "bne    1b\n\t"
            ECGP_ROW_LEAVE);
}

#endif /* ECGP_CONV_ROW_SMLAD_ASM_H */
