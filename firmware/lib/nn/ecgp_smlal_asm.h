/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlal_asm.h
 * @brief Assembly of ecgp_smlal.h for Thumb-2, which has SMLAL, where ECGP_ASSEMBLY is 1.
 *
 * Eight accumulator halves, two words, the weight, the next delta and two pointers are all 14 registers, which is why this is
 * not left to the compiler. What else a tile needs is on the stack, and loaded with one LDM behind the entries.
 */
#ifndef ECGP_SMLAL_ASM_H
#define ECGP_SMLAL_ASM_H

ECGP_STATIC_ASSERT(ECGP_SMLAL_WORDS == 4 && ECGP_SPARSE_ENTRY == 2 && ECGP_SMLAL_PAIR == 3, "the loop below is written for these");
ECGP_STATIC_ASSERT(offsetof(ecgp_smlal_channels, zero) == 0 && offsetof(ecgp_smlal_channels, step) == 4 &&
                       offsetof(ecgp_smlal_channels, upper) == 8 && offsetof(ecgp_smlal_channels, upper_step) == 12 &&
                       offsetof(ecgp_smlal_channels, last) == 16 && offsetof(ecgp_smlal_channels, pool) == 20 &&
                       offsetof(ecgp_smlal_channels, left) == 24 && offsetof(ecgp_smlal_channels, entries) == 28 &&
                       offsetof(ecgp_smlal_channels, counts) == 32 && offsetof(ecgp_smlal_channels, bias) == 36 &&
                       offsetof(ecgp_smlal_channels, multiplier) == 40 && offsetof(ecgp_smlal_channels, shift) == 44 &&
                       offsetof(ecgp_smlal_channels, output) == 48 && offsetof(ecgp_smlal_channels, words) == 52 &&
                       offsetof(ecgp_smlal_channels, per_channel) == 56,
                   "the order that the loop below loads and stores in");

#include "ecgp_smlal_entries.h"
#include "ecgp_smlal_outputs.h"

/* The stack: what a tile's outputs need, in this order: doubled bias, multiplier, right, zero, step, upper, upper_step, output,
   words, last; what follows the entries (3 or 13 where outputs are pooled, or else 5), what follows a store (7, or 6 in the
   middle of a tile); the sums of words 2 and 3 meanwhile; the channel's pairs, entries, end; r3 of the first turns, where a
   tile starts (1, or 11 with pairs), where the turns of two pairs and of eight entries begin; where c is; with DSP, what
   follows the entries where `right` is 12 at most, and where it is more: see ECGP_SMLAL_FOLLOWS. */
#define ECGP_SMLAL_OUTPUT "[sp, #28]"
#define ECGP_SMLAL_FIRST_WORD "[sp, #32]"
#define ECGP_SMLAL_AFTER "[sp, #40]"
#define ECGP_SMLAL_STORED "[sp, #44]"
#define ECGP_SMLAL_LOWER_SUMS "[sp, #48]"
#define ECGP_SMLAL_UPPER_SUMS "[sp, #56]"
#define ECGP_SMLAL_PAIRS "[sp, #64]"
#define ECGP_SMLAL_ENTRIES "[sp, #68]"
#define ECGP_SMLAL_END "[sp, #72]"
#define ECGP_SMLAL_TURN_OF_PAIRS "[sp, #76]"
#define ECGP_SMLAL_TURN_OF_ENTRIES "[sp, #80]"
#define ECGP_SMLAL_START "[sp, #84]"
#define ECGP_SMLAL_ENTER_PAIRS "[sp, #88]"
#define ECGP_SMLAL_ENTER "[sp, #92]"
#define ECGP_SMLAL_SELF "[sp, #96]"
#define ECGP_SMLAL_NEAR "[sp, #100]"

/** See the C of ecgp_smlal_run(). */
static ECGP_NAKED void ecgp_smlal_run(ecgp_smlal_channels *c ECGP_UNUSED)
{
    __asm__("push  {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub   sp, sp, #108\n\t"
            "str   r0, " ECGP_SMLAL_SELF "\n\t"
            "ldm   r0, {r1, r2, r3, r4, r5, r6, r7, r8}\n\t"
            "strd  r1, r2, [sp, #12]\n\t"
            "strd  r3, r4, [sp, #20]\n\t"
            "str   r5, [sp, #36]\n\t"
            ECGP_SMLAL_FOLLOWS
            "adr.w r4, 7f\n\t"
            "adds  r4, #1\n\t"
            "str   r4, " ECGP_SMLAL_STORED "\n"
            "10:\n\t"                          /* a channel: r0: c, r8: its pairs */
            "add   r1, r0, #32\n\t"
            "ldm   r1, {r1, r2, r3, r4, r5, r6, r7}\n\t"
            "ldrh  r9, [r1], #2\n\t"
            "ldrh  r11, [r1], #2\n\t"
            "ldr   r10, [r2], #4\n\t"
            "ldrsb r12, [r4]\n\t"
            "ldr   lr, [r3]\n\t"
            "add   r3, r3, r7, lsl #2\n\t"
            "add   r4, r4, r7\n\t"
            "lsl   r10, r10, #1\n\t"
            "strd  r10, lr, [sp]\n\t"
            "strd  r5, r6, " ECGP_SMLAL_OUTPUT "\n\t"
            "adds  r5, #1\n\t"
            "add   r6, r0, #32\n\t"
            "stm   r6, {r1, r2, r3, r4, r5}\n\t"
            "mov   lr, #1\n\t"
            ECGP_SMLAL_RIGHT
            "str   r12, [sp, #8]\n\t"
            "add   r1, r9, r9, lsl #1\n\t"     /* from here on r0 is what the names above say, r9 pairs, r11 entries */
            "add   r1, r8, r1\n\t"             /* entries */
            "add   r2, r1, r11, lsl #1\n\t"    /* end */
            "str   r2, [r0, #28]\n\t"
            "adr.w r5, 11f\n\t"
            "adr.w r6, 1f\n\t"
            "mov   r4, r1\n\t"
            "cmp   r9, #0\n\t"
            "ittt  eq\n\t"
            "moveq r5, r6\n\t"
            "addeq r4, #2\n\t"                 /* the first entry is done before the turns */
            "subeq r11, #1\n\t"
            "adds  r5, #1\n\t"
            "adds  r3, r9, #1\n\t"
            "and   r9, r3, #1\n\t"             /* pairs that the first turn leaves out, behind the first one */
            "adds  r3, r8, #3\n\t"
            "sub   r3, r3, r9\n\t"
            "sub   r3, r3, r9, lsl #1\n\t"
            "adr.w r6, 12f\n\t"
            "movs  r7, #" ECGP_SMLAL_TWO_BYTES "\n\t"
            "mla   r6, r9, r7, r6\n\t"
            "adds  r6, #1\n\t"
            "rsb   r9, r11, #0\n\t"
            "and   r9, r9, #7\n\t"             /* entries that the first turn leaves out */
            "sub   r4, r4, r9, lsl #1\n\t"
            "adr.w r12, 2f\n\t"
            "movs  r7, #" ECGP_SMLAL_BYTES "\n\t"
            "mla   r7, r9, r7, r12\n\t"
            "adds  r7, #1\n\t"
            "cmp   r11, #0\n\t"
            "it    eq\n\t"
            "ldreq r7, " ECGP_SMLAL_AFTER "\n\t"
            "mov   r0, r8\n\t"
            "add   r8, sp, #64\n\t"
            "stm   r8, {r0, r1, r2, r3, r4, r5, r6, r7}\n\t"
            "ldr   r12, " ECGP_SMLAL_FIRST_WORD "\n\t"
            "bx    r5\n"
            "11:\n\t"                             /* a tile that begins with pairs: r12: words */
            "ldr   r3, " ECGP_SMLAL_PAIRS "\n\t"
            ECGP_SMLAL_FIRST_PAIR
            ECGP_SMLAL_TWO("smull", "0", ECGP_SMLAL_NEXT_PAIR, "")
            "ldr   r3, " ECGP_SMLAL_TURN_OF_PAIRS "\n\t"
            "ldr   pc, " ECGP_SMLAL_ENTER_PAIRS "\n\t"
            ".balign 4\n"
            "12:\n\t"
            ECGP_SMLAL_TURN_OF_TWO
            "bne   12b\n\t"
            "ldr   r12, " ECGP_SMLAL_FIRST_WORD "\n\t"
            "ldrb  lr, [r2]\n\t"                /* r2: the entries */
            "ldr   r3, " ECGP_SMLAL_TURN_OF_ENTRIES "\n\t"
            "ldr   pc, " ECGP_SMLAL_ENTER "\n"
            "1:\n\t"                              /* a tile without pairs */
            "ldr   r3, " ECGP_SMLAL_ENTRIES "\n\t"
            ECGP_SMLAL_NEXT("0")
            ECGP_SMLAL_ENTRY("smull", "0", ECGP_SMLAL_NEXT("2"), "")
            "ldr   r3, " ECGP_SMLAL_TURN_OF_ENTRIES "\n\t"
            "ldr   pc, " ECGP_SMLAL_ENTER "\n\t"
            ".balign 4\n"
            "2:\n\t"
            ECGP_SMLAL_TURN
            "bne   2b\n\t"
            "ldr   pc, " ECGP_SMLAL_AFTER "\n"
#if ECGP_DSP
            "3:\n\t"                              /* pooled */
            ECGP_SMLAL_POOLED
            ECGP_SMLAL_OUTPUTS("")
            ECGP_SMLAL_NEXT_TILE
#endif
            "13:\n\t"                             /* pooled, `right` above 12 */
            ECGP_SMLAL_POOLED
            "4:\n\t"                              /* r0 and r1: lower sums << 9, r4 and r8: upper sums */
            ECGP_SMLAL_OUTPUTS(ECGP_SMLAL_NEGATIVE)
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
            "str   r11, " ECGP_SMLAL_OUTPUT "\n\t"
            "adr.w r2, 7f\n\t"
            "adds  r2, #1\n\t"
            "str   r2, " ECGP_SMLAL_STORED "\n\t"
            "ldrd  r0, r1, " ECGP_SMLAL_LOWER_SUMS "\n\t"
            "ldrd  r4, r8, " ECGP_SMLAL_UPPER_SUMS "\n\t"
            "b     4b\n"
            "7:\n\t"
            ECGP_SMLAL_NEXT_TILE
            "8:\n\t"
            "ldr   r0, " ECGP_SMLAL_SELF "\n\t"
            "ldrd  r1, r8, [r0, #24]\n\t"
            "subs  r1, #1\n\t"
            "str   r1, [r0, #24]\n\t"
            "bne   10b\n\t"
            "add   sp, sp, #108\n\t"
            "pop   {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_SMLAL_ASM_H */
