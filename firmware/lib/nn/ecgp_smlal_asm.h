/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlal_asm.h
 * @brief Assembly of ecgp_smlal.h for Thumb-2, which has SMLAL, where ECGP_ASSEMBLY is 1.
 *
 * Eight accumulator halves, two words, the weight and two pointers leave one register of 14, which is why
 * this is not left to the compiler. What comes after the entries starts from memory again, with one LDM.
 */
#ifndef ECGP_SMLAL_ASM_H
#define ECGP_SMLAL_ASM_H

ECGP_STATIC_ASSERT(ECGP_SMLAL_WORDS == 4 && ECGP_SPARSE_ENTRY == 2 && ECGP_SMLAL_PAIR == 3, "the loop below is written for these");
ECGP_STATIC_ASSERT(offsetof(ecgp_smlal_channel, doubled_bias) == 0 && offsetof(ecgp_smlal_channel, multiplier) == 4 &&
                       offsetof(ecgp_smlal_channel, right) == 8 && offsetof(ecgp_smlal_channel, zero) == 12 &&
                       offsetof(ecgp_smlal_channel, step) == 16 && offsetof(ecgp_smlal_channel, upper) == 20 &&
                       offsetof(ecgp_smlal_channel, upper_step) == 24 && offsetof(ecgp_smlal_channel, output) == 28 &&
                       offsetof(ecgp_smlal_channel, words) == 32 && offsetof(ecgp_smlal_channel, last) == 36 &&
                       offsetof(ecgp_smlal_channel, pairs) == 40 && offsetof(ecgp_smlal_channel, entries) == 44 &&
                       offsetof(ecgp_smlal_channel, end) == 48 && offsetof(ecgp_smlal_channel, preload) == 52 &&
                       offsetof(ecgp_smlal_channel, skip_pairs) == 56 && offsetof(ecgp_smlal_channel, skip) == 60 &&
                       offsetof(ecgp_smlal_channel, pool) == 64,
                   "the order that the loop below loads and stores in");

#include "ecgp_smlal_entries.h"

/* The upper sum of low:high; low is lost. */
#define ECGP_SMLAL_UPPER(to, low, high)   \
    "lsrs  " low ", " low ", #23\n\t"   \
    "adc   " to ", " low ", " high ", lsl #9\n\t"

/* to = the larger lower sum of two accumulators, 9 bits to the left. */
#define ECGP_SMLAL_LARGER_LOWER(to, low0, low1) \
    "lsl   " to ", " low0 ", #9\n\t"          \
    "cmp   " to ", " low1 ", lsl #9\n\t"      \
    "it    lt\n\t"                            \
    "lsllt " to ", " low1 ", #9\n\t"

#define ECGP_SMLAL_LARGER(to, other)  \
    "cmp   " to ", " other "\n\t"   \
    "it    lt\n\t"                  \
    "movlt " to ", " other "\n\t"

/* See ecgp_rescaled(); r3: multiplier, r5 and r6: right and zero; r2 is free. */
#if ECGP_DSP
#define ECGP_SMLAL_RESCALE(value)                       \
    "smmulr " value ", " value ", r3\n\t"             \
    "add   " value ", " value ", " value ", asr #31\n\t" \
    "smmlar " value ", " value ", r5, r6\n\t"         \
    "ssat  " value ", #8, " value "\n\t"
#else
#define ECGP_SMLAL_RESCALE(value)                       \
    "smull r2, " value ", " value ", r3\n\t"          \
    "lsls  r2, r2, #1\n\t"                            \
    "adc   " value ", " value ", #0\n\t"              \
    "add   " value ", " value ", " value ", asr #31\n\t" \
    "add   " value ", " value ", r6\n\t"              \
    "asr   " value ", " value ", r5\n\t"              \
    "ssat  " value ", #8, " value "\n\t"
#endif

/* The stack: where c is, where the turns of four begin, what follows them (3 or 5), what follows a store (7, or 6 in the
   middle of a tile); then the sums of words 2 and 3 meanwhile; pairs, entries, end, preload; r3 of the first turns; where a tile
   starts (1, or 11 with pairs) and where the turns of two begin. */
#define ECGP_SMLAL_SELF "[sp]"
#define ECGP_SMLAL_ENTER "[sp, #4]"
#define ECGP_SMLAL_AFTER "[sp, #8]"
#define ECGP_SMLAL_STORED "[sp, #12]"
#define ECGP_SMLAL_LOWER_SUMS "[sp, #16]"
#define ECGP_SMLAL_UPPER_SUMS "[sp, #24]"
#define ECGP_SMLAL_PAIRS "[sp, #32]"
#define ECGP_SMLAL_ENTRIES "[sp, #36]"
#define ECGP_SMLAL_END "[sp, #40]"
#define ECGP_SMLAL_PRELOAD "[sp, #44]"
#define ECGP_SMLAL_TURN_OF_PAIRS "[sp, #48]"
#define ECGP_SMLAL_TURN_OF_ENTRIES "[sp, #52]"
#define ECGP_SMLAL_START "[sp, #56]"
#define ECGP_SMLAL_ENTER_PAIRS "[sp, #60]"

/** See the C of ecgp_smlal_tiles(). */
static ECGP_NAKED void ecgp_smlal_tiles(ecgp_smlal_channel *c ECGP_UNUSED)
{
    __asm__("push  {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub   sp, sp, #68\n\t"
            "ldr   r12, [r0, #32]\n\t"
            "str   r0, " ECGP_SMLAL_SELF "\n\t"
            "add   r1, r0, #40\n\t"
            "ldm   r1, {r2, r3, r4, r5, r6, r7, r8}\n\t"
            "add   r1, sp, #32\n\t"
            "stm   r1, {r2, r3, r4, r5}\n\t"
            "add   r1, r6, r6, lsl #1\n\t"
            "adds  r0, r2, #3\n\t"
            "subs  r0, r0, r1\n\t"
            "sub   r1, r3, r7, lsl #1\n\t"
            "adr.w r4, 11f\n\t"
            "adr.w r5, 1f\n\t"
            "cmp   r2, r3\n\t"
            "itt   eq\n\t"
            "moveq r4, r5\n\t"
            "addeq r1, #2\n\t"                  /* the first entry is done before the turns */
            "strd  r0, r1, " ECGP_SMLAL_TURN_OF_PAIRS "\n\t"
            "adr.w r1, 12f\n\t"
            "movs  r5, #" ECGP_SMLAL_TWO_BYTES "\n\t"
            "mla   r1, r6, r5, r1\n\t"
            "adds  r0, r4, #1\n\t"              /* bit 0: Thumb */
            "adds  r1, #1\n\t"
            "strd  r0, r1, " ECGP_SMLAL_START "\n\t"
            "adr.w r1, 2f\n\t"
            "movs  r5, #" ECGP_SMLAL_BYTES "\n\t"
            "mla   r1, r7, r5, r1\n\t"
            "adr.w r3, 3f\n\t"
            "adr.w r4, 5f\n\t"
            "cmp   r8, #2\n\t"
            "it    ne\n\t"
            "movne r3, r4\n\t"
            "adr.w r4, 7f\n\t"
            "adds  r1, #1\n\t"
            "adds  r3, #1\n\t"
            "adds  r4, #1\n\t"
            "str   r1, " ECGP_SMLAL_ENTER "\n\t"
            "strd  r3, r4, " ECGP_SMLAL_AFTER "\n\t"
            "ldr   pc, " ECGP_SMLAL_START "\n"
            "11:\n\t"                             /* a tile that begins with pairs: r12: words */
            "ldr   r3, " ECGP_SMLAL_PAIRS "\n\t"
            ECGP_SMLAL_TWO("smull", "0")
            "ldr   r3, " ECGP_SMLAL_TURN_OF_PAIRS "\n\t"
            "ldr   pc, " ECGP_SMLAL_ENTER_PAIRS "\n\t"
            ".balign 4\n"
            "12:\n\t"
            ECGP_SMLAL_TWO("smlal", "0")
            ECGP_SMLAL_TWO("smlal", "3")
            "ldr   r0, " ECGP_SMLAL_ENTRIES "\n\t"
            "adds  r3, #6\n\t"
            "cmp   r3, r0\n\t"
            "bne   12b\n\t"
            "ldr   r0, " ECGP_SMLAL_SELF "\n\t"
            "ldr   r12, [r0, #32]\n\t"
            "b     9f\n"
            "1:\n\t"                              /* a tile without pairs */
            "ldr   r3, " ECGP_SMLAL_ENTRIES "\n\t"
            ECGP_SMLAL_BEGIN
            ECGP_SMLAL_FIRST
            "9:\n\t"
            "ldr   r3, " ECGP_SMLAL_TURN_OF_ENTRIES "\n\t"
            ECGP_SMLAL_SECOND
            "ldr   pc, " ECGP_SMLAL_ENTER "\n\t"
            ".balign 4\n"
            "2:\n\t"
            ECGP_SMLAL_TURN
            "bne   2b\n\t"
            "ldr   pc, " ECGP_SMLAL_AFTER "\n"
            "3:\n\t"                              /* pooled */
            ECGP_SMLAL_LARGER_LOWER("r0", "r4", "r6")
            ECGP_SMLAL_LARGER_LOWER("r1", "r8", "r10")
            ECGP_SMLAL_UPPER("r4", "r4", "r5")
            ECGP_SMLAL_UPPER("r6", "r6", "r7")
            ECGP_SMLAL_LARGER("r4", "r6")
            ECGP_SMLAL_UPPER("r8", "r8", "r9")
            ECGP_SMLAL_UPPER("r10", "r10", "r11")
            ECGP_SMLAL_LARGER("r8", "r10")
            "4:\n\t"                              /* r0 and r1: lower sums << 9, r4 and r8: upper sums */
            "ldr   lr, " ECGP_SMLAL_SELF "\n\t"
            "ldm   lr, {r2, r3, r5, r6, r7, r9, r10, r11, r12, lr}\n\t"
            "add   r0, r2, r0, asr #8\n\t"
            "add   r1, r2, r1, asr #8\n\t"
            "add   r4, r2, r4, lsl #1\n\t"
            "add   r8, r2, r8, lsl #1\n\t"
            ECGP_SMLAL_RESCALE("r0")
            ECGP_SMLAL_RESCALE("r1")
            ECGP_SMLAL_RESCALE("r4")
            ECGP_SMLAL_RESCALE("r8")
            "strb  r0, [r11]\n\t"
            "strb  r1, [r11, r7]\n\t"
            "strb  r4, [r11, r9]\n\t"
            "strb  r8, [r11, r10]\n\t"
            "ldr   r0, " ECGP_SMLAL_SELF "\n\t"
            "add   r11, r11, r7, lsl #1\n\t"
            "ldr   pc, " ECGP_SMLAL_STORED "\n"
            "5:\n\t"                              /* not pooled: words 2 and 3 have to wait */
            "adr.w r2, 6f\n\t"
            "adds  r2, #1\n\t"
            "str   r2, " ECGP_SMLAL_STORED "\n\t"
            "lsl   r0, r8, #9\n\t"
            "lsl   r1, r10, #9\n\t"
            ECGP_SMLAL_UPPER("r8", "r8", "r9")
            ECGP_SMLAL_UPPER("r10", "r10", "r11")
            "strd  r0, r1, " ECGP_SMLAL_LOWER_SUMS "\n\t"
            "strd  r8, r10, " ECGP_SMLAL_UPPER_SUMS "\n\t"
            "lsl   r0, r4, #9\n\t"
            "lsl   r1, r6, #9\n\t"
            ECGP_SMLAL_UPPER("r4", "r4", "r5")
            ECGP_SMLAL_UPPER("r8", "r6", "r7")
            "b     4b\n"
            "6:\n\t"
            "str   r11, [r0, #28]\n\t"
            "adr.w r2, 7f\n\t"
            "adds  r2, #1\n\t"
            "str   r2, " ECGP_SMLAL_STORED "\n\t"
            "ldrd  r0, r1, " ECGP_SMLAL_LOWER_SUMS "\n\t"
            "ldrd  r4, r8, " ECGP_SMLAL_UPPER_SUMS "\n\t"
            "b     4b\n"
            "7:\n\t"
            "add   r12, #16\n\t"
            "strd  r11, r12, [r0, #28]\n\t"
            "cmp   r12, lr\n\t"
            "beq   8f\n\t"
            "ldr   pc, " ECGP_SMLAL_START "\n"
            "8:\n\t"
            "add   sp, sp, #68\n\t"
            "pop   {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_SMLAL_ASM_H */
