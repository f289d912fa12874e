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

#include "ecgp_smlad_entries.h"

/* The larger of two sums in the first. */
#define ECGP_SMLAD_LARGER(a, b) "cmp    " a ", " b "\n\tit     lt\n\tmovlt  " a ", " b "\n\t"
/* The outputs of two sums, stored at `to` and `to_next`, in four instructions each: see ecgp_conv_row_smlad_asm.h. r9: factor,
   r10: zero, r12: right. */
#define ECGP_SMLAD_OUTPUTS(a, b, to, to_next)                                                       \
    "smmlar " a ", " a ", r9, " a "\n\tsmmlar " b ", " b ", r9, " b "\n\t"                          \
    "smmlar " a ", " a ", r12, r10\n\tsmmlar " b ", " b ", r12, r10\n\t"                            \
    "ssat   " a ", #8, " a "\n\tssat   " b ", #8, " b "\n\tstrb   " a ", " to "\n\tstrb   " b ", " to_next "\n\t"

/* The stack: what a tile's outputs need, in this order: output, step (see below), factor, zero, right; then the tile's inputs,
   the channel's entries, its bias, the inputs of the last tile, where the channel's entries end, the part of c that moves. */
#define ECGP_SMLAD_OUTPUT "[sp]"
#define ECGP_SMLAD_STEP "[sp, #4]"
#define ECGP_SMLAD_FACTOR "[sp, #8]"
#define ECGP_SMLAD_ZERO "[sp, #12]"
#define ECGP_SMLAD_RIGHT "[sp, #16]"
#define ECGP_SMLAD_INPUTS "[sp, #20]"
#define ECGP_SMLAD_ENTRIES "[sp, #24]"
#define ECGP_SMLAD_BIAS "[sp, #28]"
#define ECGP_SMLAD_LAST "[sp, #32]"
#define ECGP_SMLAD_BEHIND "[sp, #36]"
#define ECGP_SMLAD_MOVING "[sp, #40]"

/* The entries of one list, if it has any: `entry`, then `more` and the tests between the entries of a turn of two. */
#define ECGP_SMLAD_LIST(entry, more, again, after, behind) \
    "cmp    r4, #0\n\t"                                   \
    "beq    " behind "f\n"                                 \
    again ":\n\t" entry more                               \
    "cmp    r4, #0\n\t"                                   \
    "bne    " again "b\n"                                  \
    after ":\n\t"                                          \
    "ldr    lr, " ECGP_SMLAD_INPUTS "\n"                   \
    behind ":\n\t"

/* The next tile, unless this was the last one or the next is moved back. r4: its first output, lr: the tile's inputs. */
#define ECGP_SMLAD_NEXT_TILE              \
    "ldr    r3, " ECGP_SMLAD_LAST "\n\t" \
    "str    r4, " ECGP_SMLAD_OUTPUT "\n\t" \
    "add    lr, lr, #64\n\t"             \
    "cmp    lr, r3\n\t"                  \
    "bls    1b\n\t"

/** See the C of ecgp_smlad_run(). */
static ECGP_NAKED void ecgp_smlad_run(ecgp_smlad_channels *c ECGP_UNUSED)
{
    __asm__("push   {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub    sp, sp, #44\n\t"
            "ldm    r0!, {r1, r2, r3, r4, r5, r6}\n\t"
            "cmp    r4, #1\n\t"                    /* step: twice that of outputs, 1 more where they are pooled; 0: no outputs */
            "lsl    r1, r1, #1\n\t"
            "it     lt\n\t"
            "movlt  r1, #0\n\t"
            "it     gt\n\t"
            "addgt  r1, r1, #1\n\t"
            "str    r1, " ECGP_SMLAD_STEP "\n\t"
            "str    r2, " ECGP_SMLAD_ZERO "\n\t"
            "str    r3, " ECGP_SMLAD_LAST "\n\t"
            "str    r0, " ECGP_SMLAD_MOVING "\n"
            "10:\n\t"                              /* a channel: r0: what moves, from the biases on; r6: its entries */
            "ldm    r0, {r1, r2, r3, r4, r5, r7}\n\t"
            "ldrsb  r10, [r3]\n\t"
            "ldr    r9, [r2]\n\t"
            "ldr    r8, [r1], #4\n\t"
            "add    r2, r2, r7, lsl #2\n\t"
            "add    r3, r3, r7\n\t"
            "str    r4, " ECGP_SMLAD_OUTPUT "\n\t"
            "adds   r4, #1\n\t"
            "stm    r0, {r1, r2, r3, r4}\n\t"
            "movs   r1, #1\n\t"
            "adds   r10, r10, #32\n\t"
            "lsl    r10, r1, r10\n\t"
            "adds   r10, r10, #1\n\t"             /* 2^(32 - right) + 1 */
            "lsl    r9, r9, #1\n\t"               /* 2 * multiplier */
            "str    r9, " ECGP_SMLAD_FACTOR "\n\t"
            "str    r10, " ECGP_SMLAD_RIGHT "\n\t"
            "str    r6, " ECGP_SMLAD_ENTRIES "\n\t"
            "str    r8, " ECGP_SMLAD_BIAS "\n\t"
            "mov    lr, r5\n"
            "1:\n\t"                               /* a tile: lr: its inputs */
            "ldr    r12, " ECGP_SMLAD_ENTRIES "\n\t"
            "ldr    r11, " ECGP_SMLAD_BIAS "\n\t"
            ECGP_SMLAD_NEXT("1")
            "ldrb   r4, [r12]\n\t"
            "str    lr, " ECGP_SMLAD_INPUTS "\n\t"
            ECGP_SMLAD_FIRST
            ECGP_SMLAD_LIST(ECGP_SMLAD_ALONE, "cmp    r4, #0\n\tbeq    3f\n\t" ECGP_SMLAD_ALONE, "2", "3", "4")
            ECGP_SMLAD_NEXT("2") ECGP_SMLAD_DELTA("1")
            ECGP_SMLAD_LIST(ECGP_SMLAD_ONE_APART, "", "2", "3", "4")
            ECGP_SMLAD_NEXT("2") ECGP_SMLAD_DELTA("1")
            ECGP_SMLAD_LIST(ECGP_SMLAD_TWO_APART, "", "2", "3", "4")
            "str    r12, " ECGP_SMLAD_BEHIND "\n\t"
            "ldm    sp, {r4, r5, r9, r10, r12}\n\t"
            "lsrs   r5, r5, #1\n\t"
            "beq    8f\n\t"
            "bcc    4f\n\t"
            ECGP_SMLAD_LARGER("r0", "r1") ECGP_SMLAD_LARGER("r2", "r3")
            ECGP_SMLAD_LARGER("r6", "r7") ECGP_SMLAD_LARGER("r8", "r11")
            ECGP_SMLAD_OUTPUTS("r0", "r2", "[r4]", "[r4, r5]")
            "add    r4, r4, r5, lsl #1\n\t"
            ECGP_SMLAD_OUTPUTS("r6", "r8", "[r4]", "[r4, r5]")
            "add    r4, r4, r5, lsl #1\n\t"
            ECGP_SMLAD_NEXT_TILE
            "b      5f\n"
            "4:\n\t"
            ECGP_SMLAD_OUTPUTS("r0", "r1", "[r4]", "[r4, r5]")
            "add    r1, r5, r5, lsl #1\n\t"
            ECGP_SMLAD_OUTPUTS("r3", "r2", "[r4, r1]", "[r4, r5, lsl #1]")
            "add    r4, r4, r5, lsl #2\n\t"
            ECGP_SMLAD_OUTPUTS("r6", "r7", "[r4]", "[r4, r5]")
            ECGP_SMLAD_OUTPUTS("r11", "r8", "[r4, r1]", "[r4, r5, lsl #1]")
            "add    r4, r4, r5, lsl #2\n\t"
            ECGP_SMLAD_NEXT_TILE
            "5:\n\t"                               /* r3 more bytes of inputs than are wanted; 64: that was the last tile */
            "ldr    r2, " ECGP_SMLAD_STEP "\n\t"
            "sub    r1, lr, r3\n\t"
            "mov    lr, r3\n\t"
            "subs   r3, r1, #64\n\t"
            "beq    9f\n\t"
            "and    r2, r2, #1\n\t"
            "adds   r2, #3\n\t"
            "lsrs   r1, r1, r2\n\t"               /* outputs */
            "mls    r4, r1, r5, r4\n\t"
            "str    r4, " ECGP_SMLAD_OUTPUT "\n\t"
            "b      1b\n"
            "8:\n\t"                               /* no outputs: the sums of the tile */
            "ldr    r4, " ECGP_SMLAD_MOVING "\n\t"
            "ldr    r12, " ECGP_SMLAD_BEHIND "\n\t"
            "add    r12, r12, #1\n\t"
            "str    r12, [r4, #-4]\n\t"
            "adds   r4, #24\n\t"
            "stm    r4, {r0, r1, r2, r3, r6, r7, r8, r11}\n\t"
            "b      11f\n"
            "9:\n\t"
            "ldrd   r6, r0, " ECGP_SMLAD_BEHIND "\n\t"
            "ldr    r1, [r0, #-8]\n\t"
            "adds   r6, #1\n\t"
            "subs   r1, #1\n\t"
            "str    r1, [r0, #-8]\n\t"
            "bne    10b\n"
            "11:\n\t"
            "add    sp, sp, #44\n\t"
            "pop    {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_SMLAD_ASM_H */
