/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlad_entries.h
 * @brief How ecgp_smlad_asm.h multiplies two blocks, and one, with the inputs of a tile: for one instruction at a time, and for
 *        dual issue.
 */
#ifndef ECGP_SMLAD_ENTRIES_H
#define ECGP_SMLAD_ENTRIES_H

/*
 * r0 to r3, r6 to r8 and r11 are the sums, r12 the entries, lr the inputs, r4 and r5 two words of them. An entry begins with
 * its delta in r4 and its first word of weights in r9, loaded an entry ahead. r9 becomes the weights w of the first block,
 * r10 those of the second, v; of a single one they are w0 and w2, w1 and w3. The first entry of all begins the sums with the
 * bias, which is in r11, the last of them. Its inputs are at r4, and words of them in sums that have not begun.
 */
#define ECGP_SMLAD_MOVE "add    lr, lr, r4, lsl #3\n\t"
#define ECGP_SMLAD_PLACE "add    r4, lr, r4, lsl #3\n\t"
#define ECGP_SMLAD_Y(to, at) "ldr    " to ", [r4, #" at "]\n\t"
#define ECGP_SMLAD_X(to, at) "ldr    " to ", [lr, #" at "]\n\t"
#define ECGP_SMLAD_ODD "sxtb16 r10, r9, ror #8\n\t"
#define ECGP_SMLAD_EVEN "sxtb16 r9, r9\n\t"
#define ECGP_SMLAD_W(sum, x) "smlad  " sum ", r9, " x ", " sum "\n\t"
#define ECGP_SMLAD_BEGIN(sum, x) "smlad  " sum ", r9, " x ", r11\n\t"
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
#define ECGP_SMLAD_FIRST                                                                                    \
    ECGP_SMLAD_ODD ECGP_SMLAD_PLACE ECGP_SMLAD_EVEN ECGP_SMLAD_Y("r0", "0") ECGP_SMLAD_Y("r5", "4")         \
    ECGP_SMLAD_BEGIN("r0", "r0") ECGP_SMLAD_Y("r1", "8") ECGP_SMLAD_V("r0", "r5") ECGP_SMLAD_Y("r5", "12")  \
    ECGP_SMLAD_BEGIN("r1", "r1") ECGP_SMLAD_Y("r2", "16") ECGP_SMLAD_V("r1", "r5") ECGP_SMLAD_Y("r5", "20") \
    ECGP_SMLAD_BEGIN("r2", "r2") ECGP_SMLAD_Y("r3", "24") ECGP_SMLAD_V("r2", "r5") ECGP_SMLAD_Y("r5", "28") \
    ECGP_SMLAD_BEGIN("r3", "r3") ECGP_SMLAD_Y("r6", "32") ECGP_SMLAD_V("r3", "r5") ECGP_SMLAD_Y("r5", "36") \
    ECGP_SMLAD_BEGIN("r6", "r6") ECGP_SMLAD_Y("r7", "40") ECGP_SMLAD_V("r6", "r5") ECGP_SMLAD_Y("r5", "44") \
    ECGP_SMLAD_BEGIN("r7", "r7") ECGP_SMLAD_Y("r8", "48") ECGP_SMLAD_V("r7", "r5") ECGP_SMLAD_Y("r5", "52") \
    ECGP_SMLAD_BEGIN("r8", "r8") ECGP_SMLAD_V("r8", "r5") ECGP_SMLAD_Y("r5", "56") ECGP_SMLAD_Y("r4", "60") \
    ECGP_SMLAD_BEGIN("r11", "r5") ECGP_SMLAD_NEXT("6") ECGP_SMLAD_V("r11", "r4") ECGP_SMLAD_DELTA("5")

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
#define ECGP_SMLAD_FIRST                                                                                    \
    ECGP_SMLAD_PLACE ECGP_SMLAD_ODD ECGP_SMLAD_EVEN ECGP_SMLAD_Y("r0", "0") ECGP_SMLAD_Y("r5", "4")         \
    ECGP_SMLAD_BEGIN("r0", "r0") ECGP_SMLAD_V("r0", "r5") ECGP_SMLAD_Y("r1", "8") ECGP_SMLAD_Y("r5", "12")  \
    ECGP_SMLAD_BEGIN("r1", "r1") ECGP_SMLAD_V("r1", "r5") ECGP_SMLAD_Y("r2", "16") ECGP_SMLAD_Y("r5", "20") \
    ECGP_SMLAD_BEGIN("r2", "r2") ECGP_SMLAD_V("r2", "r5") ECGP_SMLAD_Y("r3", "24") ECGP_SMLAD_Y("r5", "28") \
    ECGP_SMLAD_BEGIN("r3", "r3") ECGP_SMLAD_V("r3", "r5") ECGP_SMLAD_Y("r6", "32") ECGP_SMLAD_Y("r5", "36") \
    ECGP_SMLAD_BEGIN("r6", "r6") ECGP_SMLAD_V("r6", "r5") ECGP_SMLAD_Y("r7", "40") ECGP_SMLAD_Y("r5", "44") \
    ECGP_SMLAD_BEGIN("r7", "r7") ECGP_SMLAD_V("r7", "r5") ECGP_SMLAD_Y("r8", "48") ECGP_SMLAD_Y("r5", "52") \
    ECGP_SMLAD_BEGIN("r8", "r8") ECGP_SMLAD_V("r8", "r5") ECGP_SMLAD_Y("r5", "56") ECGP_SMLAD_Y("r4", "60") \
    ECGP_SMLAD_BEGIN("r11", "r5") ECGP_SMLAD_NEXT("6") ECGP_SMLAD_V("r11", "r4") ECGP_SMLAD_DELTA("5")

#endif

#endif /* ECGP_SMLAD_ENTRIES_H */
