/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_nine_asm.h
 * @brief Assembly of ecgp_depthwise_nine.h for cores with DSP, where ECGP_ASSEMBLY is 1.
 */
#ifndef ECGP_DEPTHWISE_NINE_ASM_H
#define ECGP_DEPTHWISE_NINE_ASM_H

ECGP_STATIC_ASSERT(LANES == 4 && 2 * PITCH + 16 <= 255, "the loops below are written for four channels, and reach so far back");
ECGP_STATIC_ASSERT(offsetof(channel, doubled_bias) == 0 && offsetof(channel, end) == 4 && offsetof(channel, gap) == 8 &&
                       offsetof(channel, line_step) == 12 && offsetof(channel, last) == 16 &&
                       offsetof(channel, rest) == 20 && offsetof(channel, lowest) == 24 &&
                       offsetof(channel, weights) == 28 && offsetof(channel, multiplier) == 48 &&
                       offsetof(channel, right) == 52 && offsetof(channel, zero) == 56,
                   "the order that the loops below load in");

/* r0: the upper two cells of a column, r1: its lowest; r2 to r4: sums; r5: the lowest cell of the next column; r6 to r10:
 * weights; r11: multiplier, r12: right, lr: zero. On the stack: bias, end, gap, line_step, last, rest. Loads and additions stand
 * between products, for the Cortex-M7 issues them together, and a Cortex-M4 would wait for a load that is used at once. */
#define ECGP_NINE_ENTER                                  \
    "push   {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" \
    "ldmia  r0!, {r1, r2, r3, r4, r5, r6}\n\t"          \
    "push   {r1, r2, r3, r4, r5, r6}\n\t"               \
    "ldmia  r0, {r5, r6, r7, r8, r9, r10, r11, r12, lr}\n\t" \
    "add    r12, r12, #1\n"
#define ECGP_NINE_UPPER "ldrsb  r0, [r5, #-2 * " ECGP_TEXT(PITCH) "]\n\t"
#define ECGP_NINE_MIDDLE(to) "ldrsb  " to ", [r5, #-" ECGP_TEXT(PITCH) "]\n\t"
#define ECGP_NINE_LOWEST "ldrsb  r1, [r5], #4\n\t"
#define ECGP_NINE_PAIR(middle) "pkhbt  r0, r0, " middle ", lsl #16\n\t"
#define ECGP_NINE_BEGIN(sum) "ldr    " sum ", [sp]\n\t"
/* ecgp_rescaled() of a doubled sum, apart, and the output. The factor of the shift is one larger than there: a product just
 * between two outputs goes away from zero without the subtraction. No other product does, while the outputs within reach of
 * int8, 255 and less from the zero point, come from |product| < 2^(32 - right), that is right <= 12. */
#define ECGP_NINE_FACTOR(sum) "smmulr " sum ", " sum ", r11\n\t"
#define ECGP_NINE_SHIFT(sum) "smmlar " sum ", " sum ", r12, lr\n\t"
#define ECGP_NINE_CLAMP(sum) "ssat   " sum ", #8, " sum "\n\t"
#define ECGP_NINE_STORE(sum) "strb   " sum ", [r5, #-2 * " ECGP_TEXT(PITCH) " - 12]\n\t"
/* Whether the line ends here; `sum` is free. */
#define ECGP_NINE_TEST(sum)                \
    "ldr    " sum ", [sp, #4]\n\t"        \
    "cmp    r5, " sum "\n\t"
/* The next line, whose first column is loaded at 0. */
#define ECGP_NINE_LEAVE                              \
    "2:\n\t"                                        \
    "ldr    r0, [sp, #4]\n\t"                       \
    "ldr    r2, [sp, #8]\n\t"                       \
    "ldr    r3, [sp, #12]\n\t"                      \
    "ldr    r1, [sp, #16]\n\t"                      \
    "add    r5, r5, r2\n\t"                         \
    "add    r0, r0, r3\n\t"                         \
    "str    r0, [sp, #4]\n\t"                       \
    "cmp    r0, r1\n\t"                             \
    "bne    0b\n\t"                                 \
    "add    sp, sp, #24\n\t"                        \
    "pop    {r4, r5, r6, r7, r8, r9, r10, r11, pc}"

/* A column is the last of sum a, the second of b, the first of c; the next one is loaded. */
#define ECGP_NINE_STEP(a, b, c, test)                    \
    "smlad  " a ", r0, r8, " a "\n\t"                   \
    "smlabb " a ", r1, r10, " a "\n\t"                  \
    ECGP_NINE_FACTOR(a)                                  \
    "smlabb " c ", r1, r9, " c "\n\t"                   \
    ECGP_NINE_SHIFT(a)                                   \
    "smlabt " b ", r1, r9, " b "\n\t"                   \
    ECGP_NINE_MIDDLE("r1")                               \
    ECGP_NINE_CLAMP(a)                                   \
    "smlad  " c ", r0, r6, " c "\n\t"                   \
    "smlad  " b ", r0, r7, " b "\n\t"                   \
    ECGP_NINE_UPPER                                      \
    ECGP_NINE_STORE(a)                                   \
    ECGP_NINE_PAIR("r1")                                 \
    ECGP_NINE_LOWEST                                     \
    test                                                \
    ECGP_NINE_BEGIN(a)

/** See the C of run(): stride 1. */
static ECGP_NAKED void run_1(const channel *t ECGP_UNUSED)
{
    __asm__(
        ECGP_NINE_ENTER
        "0:\n\t"
        ECGP_NINE_MIDDLE("r1") ECGP_NINE_UPPER ECGP_NINE_BEGIN("r2")
        ECGP_NINE_PAIR("r1") ECGP_NINE_LOWEST ECGP_NINE_BEGIN("r3")
        "smlad  r2, r0, r6, r2\n\t"
        "smlabb r2, r1, r9, r2\n\t"
        ECGP_NINE_MIDDLE("r1") ECGP_NINE_UPPER ECGP_NINE_BEGIN("r4")
        ECGP_NINE_PAIR("r1") ECGP_NINE_LOWEST
        "smlad  r2, r0, r7, r2\n\t"
        "smlad  r3, r0, r6, r3\n\t"
        "smlabt r2, r1, r9, r2\n\t"
        "smlabb r3, r1, r9, r3\n\t"
        ECGP_NINE_MIDDLE("r1") ECGP_NINE_UPPER "nop\n\t"
        ECGP_NINE_PAIR("r1") ECGP_NINE_LOWEST
        "1:\n\t"
        ECGP_NINE_STEP("r2", "r3", "r4", "") ECGP_NINE_STEP("r3", "r4", "r2", "")
        ECGP_NINE_STEP("r4", "r2", "r3", ECGP_NINE_TEST("r4"))
        "bne    1b\n\t"
        "ldr    r4, [sp, #20]\n\t"
        "cmp    r4, #1\n\t"
        ECGP_NINE_BEGIN("r4")
        "blt    2f\n\t"
        ECGP_NINE_STEP("r2", "r3", "r4", "")
        "beq    2f\n\t"
        ECGP_NINE_STEP("r3", "r4", "r2", "")
        ECGP_NINE_LEAVE);
}

/* A column is the second of sum a, the next its last and the first of b; a third one is loaded. */
#define ECGP_NINE_STEP_2(a, b, test)                     \
    "smlabt " a ", r1, r9, " a "\n\t"                   \
    ECGP_NINE_MIDDLE("r4")                               \
    "smlad  " a ", r0, r7, " a "\n\t"                   \
    ECGP_NINE_UPPER                                      \
    ECGP_NINE_LOWEST                                     \
    ECGP_NINE_PAIR("r4")                                 \
    "smlabb " a ", r1, r10, " a "\n\t"                  \
    ECGP_NINE_MIDDLE("r4")                               \
    "smlad  " a ", r0, r8, " a "\n\t"                   \
    "smlabb " b ", r1, r9, " b "\n\t"                   \
    ECGP_NINE_FACTOR(a)                                  \
    "smlad  " b ", r0, r6, " b "\n\t"                   \
    ECGP_NINE_UPPER                                      \
    ECGP_NINE_LOWEST                                     \
    ECGP_NINE_SHIFT(a)                                   \
    ECGP_NINE_PAIR("r4")                                 \
    ECGP_NINE_CLAMP(a)                                   \
    "strb   " a ", [r5, #-2 * " ECGP_TEXT(PITCH) " - 16]\n\t"                     \
    test                                                \
    ECGP_NINE_BEGIN(a)

/** See the C of run(): stride 2. */
static ECGP_NAKED void run_2(const channel *t ECGP_UNUSED)
{
    __asm__(
        ECGP_NINE_ENTER
        "0:\n\t"
        ECGP_NINE_MIDDLE("r4") ECGP_NINE_UPPER ECGP_NINE_BEGIN("r2")
        ECGP_NINE_PAIR("r4") ECGP_NINE_LOWEST ECGP_NINE_BEGIN("r3")
        "smlad  r2, r0, r6, r2\n\t"
        "smlabb r2, r1, r9, r2\n\t"
        ECGP_NINE_MIDDLE("r4") ECGP_NINE_UPPER "nop\n\t"
        ECGP_NINE_PAIR("r4") ECGP_NINE_LOWEST
        "1:\n\t"
        ECGP_NINE_STEP_2("r2", "r3", "") ECGP_NINE_STEP_2("r3", "r2", ECGP_NINE_TEST("r3"))
        "bne    1b\n\t"
        ECGP_NINE_LEAVE);
}

#endif /* ECGP_DEPTHWISE_NINE_ASM_H */
