/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlad_asm.h
 * @brief Assembly of ecgp_smlad.h for cores with DSP, where ECGP_ASSEMBLY is 1.
 */
#ifndef ECGP_SMLAD_ASM_H
#define ECGP_SMLAD_ASM_H

ECGP_STATIC_ASSERT(ECGP_SMLAD_TILE == 8 && ECGP_SMLAD_WORDS == 2 && ECGP_SMLAD_APART == 2 && ECGP_SMLAD_PAIR == 9 && ECGP_SMLAD_SINGLE == 5,
                   "the loops below are written for these");
ECGP_STATIC_ASSERT(offsetof(ecgp_smlad_channels, step) == 0 && offsetof(ecgp_smlad_channels, zero) == 4 &&
                       offsetof(ecgp_smlad_channels, end) == 8 && offsetof(ecgp_smlad_channels, pool) == 12 &&
                       offsetof(ecgp_smlad_channels, left) == 16 && offsetof(ecgp_smlad_channels, entries) == 20 &&
                       offsetof(ecgp_smlad_channels, bias) == 24 && offsetof(ecgp_smlad_channels, multiplier) == 28 &&
                       offsetof(ecgp_smlad_channels, shift) == 32 && offsetof(ecgp_smlad_channels, output) == 36 &&
                       offsetof(ecgp_smlad_channels, inputs) == 40 && offsetof(ecgp_smlad_channels, per_channel) == 44 &&
                       offsetof(ecgp_smlad_channels, sums) == 48,
                   "the order that the loop below loads and stores in");

/*
 * r0 to r3, r6 to r8 and r11 are the sums, r12 the entries, lr the inputs, r4 and r5 two words of them. An entry begins with
 * its delta in r4 and its first word of weights in r9, loaded an entry ahead. r9 becomes the weights w of the first block,
 * r10 those of the second, v; of a single one they are w0 and w2, w1 and w3.
 */
#define ECGP_SMLAD_MOVE "add    lr, lr, r4, lsl #3\n\t"
#define ECGP_SMLAD_X(to, at) "ldr    " to ", [lr, #" at "]\n\t"
#define ECGP_SMLAD_ODD "sxtb16 r10, r9, ror #8\n\t"
#define ECGP_SMLAD_EVEN "sxtb16 r9, r9\n\t"
#define ECGP_SMLAD_W(sum, x) "smlad  " sum ", r9, " x ", " sum "\n\t"
#define ECGP_SMLAD_V(sum, x) "smlad  " sum ", r10, " x ", " sum "\n\t"
#define ECGP_SMLAD_SECOND "ldr    r9, [r12, #5]\n\t"
#define ECGP_SMLAD_NEXT(at) "ldr    r9, [r12, #" at "]\n\t"
#define ECGP_SMLAD_DELTA(at) "ldrb   r4, [r12, #" at "]!\n\t"

#if ECGP_DUAL_ISSUE

/* Words are loaded beside SMLAD: on a Cortex-M7 41 cycles of two blocks, 23 of one, of which 32 and 16 are SMLAD. */
#define ECGP_SMLAD_ONE_APART                                                                                \
    ECGP_SMLAD_MOVE ECGP_SMLAD_ODD ECGP_SMLAD_EVEN ECGP_SMLAD_X("r4", "0") ECGP_SMLAD_X("r5", "8")          \
    ECGP_SMLAD_W("r0", "r4") ECGP_SMLAD_V("r0", "r5") ECGP_SMLAD_X("r4", "16") ECGP_SMLAD_W("r1", "r5")     \
    ECGP_SMLAD_V("r1", "r4") ECGP_SMLAD_X("r5", "24") ECGP_SMLAD_W("r2", "r4") ECGP_SMLAD_V("r2", "r5")     \
    ECGP_SMLAD_X("r4", "32") ECGP_SMLAD_W("r3", "r5") ECGP_SMLAD_X("r5", "40") ECGP_SMLAD_W("r6", "r4")     \
    ECGP_SMLAD_V("r3", "r4") ECGP_SMLAD_V("r6", "r5") ECGP_SMLAD_X("r4", "48") ECGP_SMLAD_W("r7", "r5")     \
    ECGP_SMLAD_X("r5", "56") ECGP_SMLAD_W("r8", "r4") ECGP_SMLAD_V("r7", "r4") ECGP_SMLAD_X("r4", "64")     \
    ECGP_SMLAD_W("r11", "r5") ECGP_SMLAD_SECOND ECGP_SMLAD_V("r11", "r4") ECGP_SMLAD_V("r8", "r5")          \
    ECGP_SMLAD_ODD ECGP_SMLAD_X("r5", "12") ECGP_SMLAD_EVEN ECGP_SMLAD_X("r4", "4")                         \
    ECGP_SMLAD_W("r0", "r4") ECGP_SMLAD_V("r0", "r5") ECGP_SMLAD_X("r4", "20") ECGP_SMLAD_W("r1", "r5")     \
    ECGP_SMLAD_X("r5", "28") ECGP_SMLAD_V("r1", "r4") ECGP_SMLAD_W("r2", "r4") ECGP_SMLAD_X("r4", "36")     \
    ECGP_SMLAD_W("r3", "r5") ECGP_SMLAD_V("r3", "r4") ECGP_SMLAD_V("r2", "r5") ECGP_SMLAD_X("r5", "44")     \
    ECGP_SMLAD_W("r6", "r4") ECGP_SMLAD_X("r4", "52") ECGP_SMLAD_W("r7", "r5") ECGP_SMLAD_V("r7", "r4")     \
    ECGP_SMLAD_V("r6", "r5") ECGP_SMLAD_X("r5", "60") ECGP_SMLAD_W("r8", "r4") ECGP_SMLAD_X("r4", "68")     \
    ECGP_SMLAD_W("r11", "r5") ECGP_SMLAD_NEXT("10") ECGP_SMLAD_V("r11", "r4") ECGP_SMLAD_DELTA("9")         \
    ECGP_SMLAD_V("r8", "r5")
#define ECGP_SMLAD_TWO_APART                                                                                \
    ECGP_SMLAD_ODD ECGP_SMLAD_MOVE ECGP_SMLAD_EVEN ECGP_SMLAD_X("r5", "8") ECGP_SMLAD_X("r4", "0")          \
    ECGP_SMLAD_W("r0", "r4") ECGP_SMLAD_X("r4", "16") ECGP_SMLAD_W("r1", "r5") ECGP_SMLAD_V("r0", "r4")     \
    ECGP_SMLAD_X("r5", "24") ECGP_SMLAD_W("r2", "r4") ECGP_SMLAD_W("r3", "r5") ECGP_SMLAD_X("r4", "32")     \
    ECGP_SMLAD_V("r1", "r5") ECGP_SMLAD_X("r5", "40") ECGP_SMLAD_W("r6", "r4") ECGP_SMLAD_V("r2", "r4")     \
    ECGP_SMLAD_X("r4", "48") ECGP_SMLAD_W("r7", "r5") ECGP_SMLAD_V("r3", "r5") ECGP_SMLAD_X("r5", "56")     \
    ECGP_SMLAD_W("r8", "r4") ECGP_SMLAD_V("r6", "r4") ECGP_SMLAD_X("r4", "64") ECGP_SMLAD_W("r11", "r5")    \
    ECGP_SMLAD_SECOND ECGP_SMLAD_V("r7", "r5") ECGP_SMLAD_X("r5", "72") ECGP_SMLAD_V("r8", "r4")            \
    ECGP_SMLAD_X("r4", "4") ECGP_SMLAD_V("r11", "r5") ECGP_SMLAD_ODD ECGP_SMLAD_X("r5", "12")               \
    ECGP_SMLAD_EVEN ECGP_SMLAD_W("r0", "r4") ECGP_SMLAD_X("r4", "20") ECGP_SMLAD_W("r1", "r5")              \
    ECGP_SMLAD_X("r5", "28") ECGP_SMLAD_V("r0", "r4") ECGP_SMLAD_W("r2", "r4") ECGP_SMLAD_X("r4", "36")     \
    ECGP_SMLAD_V("r1", "r5") ECGP_SMLAD_W("r3", "r5") ECGP_SMLAD_X("r5", "44") ECGP_SMLAD_W("r6", "r4")     \
    ECGP_SMLAD_V("r2", "r4") ECGP_SMLAD_V("r3", "r5") ECGP_SMLAD_X("r4", "52") ECGP_SMLAD_W("r7", "r5")     \
    ECGP_SMLAD_X("r5", "60") ECGP_SMLAD_W("r8", "r4") ECGP_SMLAD_V("r7", "r5") ECGP_SMLAD_V("r6", "r4")     \
    ECGP_SMLAD_X("r4", "68") ECGP_SMLAD_W("r11", "r5") ECGP_SMLAD_X("r5", "76") ECGP_SMLAD_V("r8", "r4")    \
    ECGP_SMLAD_NEXT("10") ECGP_SMLAD_DELTA("9") ECGP_SMLAD_V("r11", "r5")
#define ECGP_SMLAD_ALONE                                                                                    \
    ECGP_SMLAD_ODD ECGP_SMLAD_MOVE ECGP_SMLAD_EVEN ECGP_SMLAD_X("r5", "4") ECGP_SMLAD_X("r4", "0")          \
    ECGP_SMLAD_W("r0", "r4") ECGP_SMLAD_X("r4", "8") ECGP_SMLAD_V("r0", "r5") ECGP_SMLAD_X("r5", "12")      \
    ECGP_SMLAD_W("r1", "r4") ECGP_SMLAD_X("r4", "16") ECGP_SMLAD_V("r1", "r5") ECGP_SMLAD_X("r5", "20")     \
    ECGP_SMLAD_W("r2", "r4") ECGP_SMLAD_X("r4", "24") ECGP_SMLAD_V("r2", "r5") ECGP_SMLAD_X("r5", "28")     \
    ECGP_SMLAD_W("r3", "r4") ECGP_SMLAD_X("r4", "32") ECGP_SMLAD_V("r3", "r5") ECGP_SMLAD_X("r5", "36")     \
    ECGP_SMLAD_W("r6", "r4") ECGP_SMLAD_X("r4", "40") ECGP_SMLAD_V("r6", "r5") ECGP_SMLAD_X("r5", "44")     \
    ECGP_SMLAD_W("r7", "r4") ECGP_SMLAD_X("r4", "48") ECGP_SMLAD_V("r7", "r5") ECGP_SMLAD_X("r5", "52")     \
    ECGP_SMLAD_W("r8", "r4") ECGP_SMLAD_X("r4", "56") ECGP_SMLAD_V("r8", "r5") ECGP_SMLAD_W("r11", "r4")    \
    ECGP_SMLAD_NEXT("6") ECGP_SMLAD_X("r5", "60") ECGP_SMLAD_DELTA("5") ECGP_SMLAD_V("r11", "r5")

#else

/* Words are loaded in pairs: on a Cortex-M4 62 and 64 cycles of two blocks, 41 of one; in silicon 72, 75 and 50. */
#define ECGP_SMLAD_ONE_APART                                                                                \
    ECGP_SMLAD_MOVE ECGP_SMLAD_X("r4", "0") ECGP_SMLAD_X("r5", "8") ECGP_SMLAD_ODD ECGP_SMLAD_EVEN          \
    ECGP_SMLAD_W("r0", "r4") ECGP_SMLAD_V("r0", "r5") ECGP_SMLAD_W("r1", "r5") ECGP_SMLAD_X("r4", "16")     \
    ECGP_SMLAD_X("r5", "24") ECGP_SMLAD_V("r1", "r4") ECGP_SMLAD_W("r2", "r4") ECGP_SMLAD_V("r2", "r5")     \
    ECGP_SMLAD_W("r3", "r5") ECGP_SMLAD_X("r4", "32") ECGP_SMLAD_X("r5", "40") ECGP_SMLAD_V("r3", "r4")     \
    ECGP_SMLAD_W("r6", "r4") ECGP_SMLAD_V("r6", "r5") ECGP_SMLAD_W("r7", "r5") ECGP_SMLAD_X("r4", "48")     \
    ECGP_SMLAD_X("r5", "56") ECGP_SMLAD_V("r7", "r4") ECGP_SMLAD_W("r8", "r4") ECGP_SMLAD_V("r8", "r5")     \
    ECGP_SMLAD_W("r11", "r5") ECGP_SMLAD_X("r4", "64") ECGP_SMLAD_SECOND ECGP_SMLAD_X("r5", "4")            \
    ECGP_SMLAD_V("r11", "r4") ECGP_SMLAD_ODD ECGP_SMLAD_EVEN ECGP_SMLAD_W("r0", "r5")                       \
    ECGP_SMLAD_X("r4", "12") ECGP_SMLAD_X("r5", "20") ECGP_SMLAD_V("r0", "r4") ECGP_SMLAD_W("r1", "r4")     \
    ECGP_SMLAD_V("r1", "r5") ECGP_SMLAD_W("r2", "r5") ECGP_SMLAD_X("r4", "28") ECGP_SMLAD_X("r5", "36")     \
    ECGP_SMLAD_V("r2", "r4") ECGP_SMLAD_W("r3", "r4") ECGP_SMLAD_V("r3", "r5") ECGP_SMLAD_W("r6", "r5")     \
    ECGP_SMLAD_X("r4", "44") ECGP_SMLAD_X("r5", "52") ECGP_SMLAD_V("r6", "r4") ECGP_SMLAD_W("r7", "r4")     \
    ECGP_SMLAD_V("r7", "r5") ECGP_SMLAD_W("r8", "r5") ECGP_SMLAD_X("r4", "60") ECGP_SMLAD_X("r5", "68")     \
    ECGP_SMLAD_V("r8", "r4") ECGP_SMLAD_W("r11", "r4") ECGP_SMLAD_NEXT("10") ECGP_SMLAD_DELTA("9")          \
    ECGP_SMLAD_V("r11", "r5")
#define ECGP_SMLAD_TWO_APART                                                                                \
    ECGP_SMLAD_MOVE ECGP_SMLAD_X("r4", "0") ECGP_SMLAD_X("r5", "8") ECGP_SMLAD_ODD ECGP_SMLAD_EVEN          \
    ECGP_SMLAD_W("r0", "r4") ECGP_SMLAD_W("r1", "r5") ECGP_SMLAD_X("r4", "16") ECGP_SMLAD_X("r5", "24")     \
    ECGP_SMLAD_V("r0", "r4") ECGP_SMLAD_W("r2", "r4") ECGP_SMLAD_V("r1", "r5") ECGP_SMLAD_W("r3", "r5")     \
    ECGP_SMLAD_X("r4", "32") ECGP_SMLAD_X("r5", "40") ECGP_SMLAD_V("r2", "r4") ECGP_SMLAD_W("r6", "r4")     \
    ECGP_SMLAD_V("r3", "r5") ECGP_SMLAD_W("r7", "r5") ECGP_SMLAD_X("r4", "48") ECGP_SMLAD_X("r5", "56")     \
    ECGP_SMLAD_V("r6", "r4") ECGP_SMLAD_W("r8", "r4") ECGP_SMLAD_V("r7", "r5") ECGP_SMLAD_W("r11", "r5")    \
    ECGP_SMLAD_X("r4", "64") ECGP_SMLAD_X("r5", "72") ECGP_SMLAD_SECOND ECGP_SMLAD_V("r8", "r4")            \
    ECGP_SMLAD_V("r11", "r5") ECGP_SMLAD_ODD ECGP_SMLAD_EVEN ECGP_SMLAD_X("r4", "4")                        \
    ECGP_SMLAD_X("r5", "12") ECGP_SMLAD_W("r0", "r4") ECGP_SMLAD_W("r1", "r5") ECGP_SMLAD_X("r4", "20")     \
    ECGP_SMLAD_X("r5", "28") ECGP_SMLAD_V("r0", "r4") ECGP_SMLAD_W("r2", "r4") ECGP_SMLAD_V("r1", "r5")     \
    ECGP_SMLAD_W("r3", "r5") ECGP_SMLAD_X("r4", "36") ECGP_SMLAD_X("r5", "44") ECGP_SMLAD_V("r2", "r4")     \
    ECGP_SMLAD_W("r6", "r4") ECGP_SMLAD_V("r3", "r5") ECGP_SMLAD_W("r7", "r5") ECGP_SMLAD_X("r4", "52")     \
    ECGP_SMLAD_X("r5", "60") ECGP_SMLAD_V("r6", "r4") ECGP_SMLAD_W("r8", "r4") ECGP_SMLAD_V("r7", "r5")     \
    ECGP_SMLAD_W("r11", "r5") ECGP_SMLAD_X("r4", "68") ECGP_SMLAD_X("r5", "76") ECGP_SMLAD_V("r8", "r4")    \
    ECGP_SMLAD_NEXT("10") ECGP_SMLAD_DELTA("9") ECGP_SMLAD_V("r11", "r5")
#define ECGP_SMLAD_ALONE                                                                                    \
    ECGP_SMLAD_MOVE ECGP_SMLAD_X("r4", "0") ECGP_SMLAD_X("r5", "4") ECGP_SMLAD_ODD ECGP_SMLAD_EVEN          \
    ECGP_SMLAD_W("r0", "r4") ECGP_SMLAD_V("r0", "r5") ECGP_SMLAD_X("r4", "8") ECGP_SMLAD_X("r5", "12")      \
    ECGP_SMLAD_W("r1", "r4") ECGP_SMLAD_V("r1", "r5") ECGP_SMLAD_X("r4", "16") ECGP_SMLAD_X("r5", "20")     \
    ECGP_SMLAD_W("r2", "r4") ECGP_SMLAD_V("r2", "r5") ECGP_SMLAD_X("r4", "24") ECGP_SMLAD_X("r5", "28")     \
    ECGP_SMLAD_W("r3", "r4") ECGP_SMLAD_V("r3", "r5") ECGP_SMLAD_X("r4", "32") ECGP_SMLAD_X("r5", "36")     \
    ECGP_SMLAD_W("r6", "r4") ECGP_SMLAD_V("r6", "r5") ECGP_SMLAD_X("r4", "40") ECGP_SMLAD_X("r5", "44")     \
    ECGP_SMLAD_W("r7", "r4") ECGP_SMLAD_V("r7", "r5") ECGP_SMLAD_X("r4", "48") ECGP_SMLAD_X("r5", "52")     \
    ECGP_SMLAD_W("r8", "r4") ECGP_SMLAD_V("r8", "r5") ECGP_SMLAD_X("r4", "56") ECGP_SMLAD_X("r5", "60")     \
    ECGP_SMLAD_W("r11", "r4") ECGP_SMLAD_NEXT("6") ECGP_SMLAD_DELTA("5") ECGP_SMLAD_V("r11", "r5")

#endif

/* The larger of two sums in the first; ecgp_rescaled() of a sum, which is stored at `to`, as ecgp_depthwise_nine.h does it;
   two outputs on. */
#define ECGP_SMLAD_LARGER(a, b) "cmp " a ", " b "\n\tit lt\n\tmovlt " a ", " b "\n\t"
#define ECGP_SMLAD_STORE(sum, to)                    \
    "lsls   " sum ", " sum ", #1\n\t"               \
    "smmulr " sum ", " sum ", r9\n\t"               \
    "smmlar " sum ", " sum ", r12, r10\n\t"         \
    "ssat   " sum ", #8, " sum "\n\t"               \
    "strb   " sum ", " to "\n\t"
#define ECGP_SMLAD_STORE_TWO(a, b)                                  \
    ECGP_SMLAD_STORE(a, "[r4]") ECGP_SMLAD_STORE(b, "[r4, r5]") \
    "add    r4, r4, r5, lsl #1\n\t"

/* The stack: what a tile's outputs need, in this order: output, step, multiplier, zero, right; then the tile's inputs, the
   channel's entries, the inputs of the last tile, pool, the bias, where the channel's entries end, where c is. */
#define ECGP_SMLAD_INPUTS "[sp, #20]"
#define ECGP_SMLAD_ENTRIES "[sp, #24]"
#define ECGP_SMLAD_LAST "[sp, #28]"
#define ECGP_SMLAD_POOL "[sp, #32]"
#define ECGP_SMLAD_BIAS "[sp, #36]"
#define ECGP_SMLAD_BEHIND "[sp, #40]"
#define ECGP_SMLAD_SELF "[sp, #44]"

/* The entries of one list, if it has any. */
#define ECGP_SMLAD_LIST(entry, again, behind) \
    "cmp   r4, #0\n\t"                       \
    "beq   " behind "f\n"                    \
    again ":\n\t" entry                      \
    "cmp   r4, #0\n\t"                       \
    "bne   " again "b\n\t"                   \
    "ldr   lr, " ECGP_SMLAD_INPUTS "\n"      \
    behind ":\n\t"

/** See the C of ecgp_smlad_run(). */
static ECGP_NAKED void ecgp_smlad_run(ecgp_smlad_channels *c ECGP_UNUSED)
{
    __asm__("push  {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub   sp, sp, #52\n\t"
            "str   r0, " ECGP_SMLAD_SELF "\n\t"
            "ldm   r0, {r1, r2, r3, r4, r5, r6}\n\t"
            "str   r1, [sp, #4]\n\t"
            "str   r2, [sp, #12]\n\t"
            "strd  r3, r4, " ECGP_SMLAD_LAST "\n"
            "10:\n\t"                              /* a channel: r0: c, r6: its entries */
            "add   r1, r0, #24\n\t"
            "ldm   r1, {r1, r2, r3, r4, r5, r7}\n\t"
            "ldrsb r10, [r3]\n\t"
            "ldr   r9, [r2]\n\t"
            "ldr   r8, [r1], #4\n\t"
            "add   r2, r2, r7, lsl #2\n\t"
            "add   r3, r3, r7\n\t"
            "str   r4, [sp]\n\t"
            "adds  r4, #1\n\t"
            "add   r7, r0, #24\n\t"
            "stm   r7, {r1, r2, r3, r4}\n\t"
            "add   r10, r10, #32\n\t"
            "movs  r1, #1\n\t"
            "lsl   r10, r1, r10\n\t"
            "adds  r10, r10, #1\n\t"              /* 2^(32 - right) + 1 */
            "str   r9, [sp, #8]\n\t"
            "str   r10, [sp, #16]\n\t"
            "strd  r5, r6, " ECGP_SMLAD_INPUTS "\n\t"
            "mov   r12, r6\n\t"
            "mov   lr, r5\n\t"
            "mov   r0, r8\n\t"
            "str   r8, " ECGP_SMLAD_BIAS "\n"
            "1:\n\t"                               /* a tile: r0: bias */
            "ldrb  r4, [r12]\n\t"
            "ldr   r9, [r12, #1]\n\t"
            "mov   r1, r0\n\t"
            "mov   r2, r0\n\t"
            "mov   r3, r0\n\t"
            "mov   r6, r0\n\t"
            "mov   r7, r0\n\t"
            "mov   r8, r0\n\t"
            "mov   r11, r0\n\t"
            ECGP_SMLAD_LIST(ECGP_SMLAD_ONE_APART, "2", "3")
            ECGP_SMLAD_NEXT("2") ECGP_SMLAD_DELTA("1")
            ECGP_SMLAD_LIST(ECGP_SMLAD_TWO_APART, "2", "3")
            ECGP_SMLAD_NEXT("2") ECGP_SMLAD_DELTA("1")
            ECGP_SMLAD_LIST(ECGP_SMLAD_ALONE, "2", "3")
            "ldr   r4, " ECGP_SMLAD_POOL "\n\t"
            "str   r12, " ECGP_SMLAD_BEHIND "\n\t"
            "cmp   r4, #1\n\t"
            "blt   8f\n\t"
            "ldm   sp, {r4, r5, r9, r10, r12}\n\t"
            "beq   4f\n\t"
            ECGP_SMLAD_LARGER("r0", "r1") ECGP_SMLAD_LARGER("r2", "r3")
            ECGP_SMLAD_LARGER("r6", "r7") ECGP_SMLAD_LARGER("r8", "r11")
            ECGP_SMLAD_STORE_TWO("r0", "r2") ECGP_SMLAD_STORE_TWO("r6", "r8")
            "b     5f\n"
            "4:\n\t"
            ECGP_SMLAD_STORE_TWO("r0", "r1") ECGP_SMLAD_STORE_TWO("r2", "r3")
            ECGP_SMLAD_STORE_TWO("r6", "r7") ECGP_SMLAD_STORE_TWO("r8", "r11")
            "5:\n\t"                               /* lr: the tile's inputs, as LIST leaves it */
            "ldr   r3, " ECGP_SMLAD_LAST "\n\t"
            "add   lr, #64\n\t"
            "cmp   lr, r3\n\t"
            "bhi   7f\n"
            "6:\n\t"
            "ldr   r12, " ECGP_SMLAD_ENTRIES "\n\t"
            "ldr   r0, " ECGP_SMLAD_BIAS "\n\t"
            "str   lr, " ECGP_SMLAD_INPUTS "\n\t"
            "str   r4, [sp]\n\t"
            "b     1b\n"
            "7:\n\t"                               /* r3 more bytes of inputs than are wanted; 64: that was the last tile */
            "ldr   r2, " ECGP_SMLAD_POOL "\n\t"
            "sub   r1, lr, r3\n\t"
            "mov   lr, r3\n\t"
            "subs  r3, r1, #64\n\t"
            "beq   9f\n\t"
            "adds  r2, #2\n\t"
            "lsrs  r1, r1, r2\n\t"                /* outputs */
            "mls   r4, r1, r5, r4\n\t"
            "b     6b\n"
            "8:\n\t"
            "ldr   r4, " ECGP_SMLAD_SELF "\n\t"
            "add   r12, #1\n\t"
            "str   r12, [r4, #20]\n\t"
            "adds  r4, #48\n\t"
            "stm   r4, {r0, r1, r2, r3, r6, r7, r8, r11}\n\t"
            "b     11f\n"
            "9:\n\t"
            "ldrd  r6, r0, " ECGP_SMLAD_BEHIND "\n\t"
            "ldr   r1, [r0, #16]\n\t"
            "adds  r6, #1\n\t"
            "subs  r1, #1\n\t"
            "str   r1, [r0, #16]\n\t"
            "bne   10b\n"
            "11:\n\t"
            "add   sp, sp, #52\n\t"
            "pop   {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_SMLAD_ASM_H */
