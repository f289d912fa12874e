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

ECGP_STATIC_ASSERT(ECGP_SMLAL_WORDS == 4 && ECGP_SPARSE_ENTRY == 2, "the loop below is written for these");
ECGP_STATIC_ASSERT(offsetof(ecgp_smlal_channel, doubled_bias) == 0 && offsetof(ecgp_smlal_channel, multiplier) == 4 &&
                       offsetof(ecgp_smlal_channel, right) == 8 && offsetof(ecgp_smlal_channel, zero) == 12 &&
                       offsetof(ecgp_smlal_channel, step) == 16 && offsetof(ecgp_smlal_channel, upper) == 20 &&
                       offsetof(ecgp_smlal_channel, upper_step) == 24 && offsetof(ecgp_smlal_channel, output) == 28 &&
                       offsetof(ecgp_smlal_channel, words) == 32 && offsetof(ecgp_smlal_channel, last) == 36 &&
                       offsetof(ecgp_smlal_channel, entries) == 40 && offsetof(ecgp_smlal_channel, end) == 44 &&
                       offsetof(ecgp_smlal_channel, skip) == 48 && offsetof(ecgp_smlal_channel, pool) == 52,
                   "the order that the loop below loads and stores in");

/* The accumulators of four words are r4:r5, r6:r7, r8:r9, r10:r11; r3: entries, r12: words, r2: weight. */
#if ECGP_DUAL_ISSUE

/*
 * lr: the delta, loaded an entry ahead. A load issues beside each multiplication: 7.75 cycles on a Cortex-M7. `next` loads
 * the delta of the entry behind.
 */
#define ECGP_SMLAL_ENTRY(multiply, at, next) \
    "add     r12, r12, lr, lsl #2\n\t"      \
    "ldrsb.w r2, [r3, #" at " + 1]\n\t"     \
    next                                    \
    "ldr     r0, [r12]\n\t"                 \
    "ldr     r1, [r12, #4]\n\t"             \
    multiply " r4, r5, r2, r0\n\t"          \
    "ldr     r0, [r12, #8]\n\t"             \
    multiply " r6, r7, r2, r1\n\t"          \
    "ldr     r1, [r12, #12]\n\t"            \
    multiply " r8, r9, r2, r0\n\t"          \
    multiply " r10, r11, r2, r1\n\t"
#define ECGP_SMLAL_DELTA(at) "ldrb.w  lr, [r3, #" at "]\n\t"
#define ECGP_SMLAL_BYTES "44"
#define ECGP_SMLAL_BEGIN ECGP_SMLAL_DELTA("0")
#define ECGP_SMLAL_FIRST ECGP_SMLAL_ENTRY("smull", "0", "")
#define ECGP_SMLAL_SECOND "cmp   r2, #8\n\tit ne\n\tldrbne lr, [r3, #2]\n\t" /* r2: 2 * skip, and 8 where there is none */
#define ECGP_SMLAL_TURN                                      \
    ECGP_SMLAL_ENTRY("smlal", "0", ECGP_SMLAL_DELTA("2"))    \
    ECGP_SMLAL_ENTRY("smlal", "2", ECGP_SMLAL_DELTA("4"))    \
    ECGP_SMLAL_ENTRY("smlal", "4", ECGP_SMLAL_DELTA("6"))    \
    ECGP_SMLAL_ENTRY("smlal", "6", "nop.w\n\t")             \
    "ldr   r0, " ECGP_SMLAL_END "\n\t"                      \
    "adds  r3, #8\n\t"                                      \
    "cmp   r3, r0\n\t"                                      \
    "it    ne\n\t"                                          \
    "ldrbne lr, [r3]\n\t"

#else

/* lr: end of entries. 13 cycles on a Cortex-M4: 6 for four words, 4 SMLAL, 3 for the entry. */
#define ECGP_SMLAL_ENTRY(multiply, at)       \
    "ldrb.w  r0, [r3, #" at "]\n\t"         \
    "ldrsb.w r2, [r3, #" at " + 1]\n\t"     \
    "add     r12, r12, r0, lsl #2\n\t"      \
    "ldrd    r0, r1, [r12]\n\t"             \
    multiply " r4, r5, r2, r0\n\t"          \
    multiply " r6, r7, r2, r1\n\t"          \
    "ldrd    r0, r1, [r12, #8]\n\t"         \
    multiply " r8, r9, r2, r0\n\t"          \
    multiply " r10, r11, r2, r1\n\t"
#define ECGP_SMLAL_BYTES "36"
#define ECGP_SMLAL_BEGIN "ldr   lr, " ECGP_SMLAL_END "\n\t"
#define ECGP_SMLAL_FIRST ECGP_SMLAL_ENTRY("smull", "0")
#define ECGP_SMLAL_SECOND ""
#define ECGP_SMLAL_TURN                      \
    ECGP_SMLAL_ENTRY("smlal", "0")           \
    ECGP_SMLAL_ENTRY("smlal", "2")           \
    ECGP_SMLAL_ENTRY("smlal", "4")           \
    ECGP_SMLAL_ENTRY("smlal", "6")           \
    "adds  r3, #8\n\t"                      \
    "cmp   r3, lr\n\t"

#endif

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
   middle of a tile); then the sums of words 2 and 3 meanwhile; bytes that the first turn leaves out; entries and end. */
#define ECGP_SMLAL_SELF "[sp]"
#define ECGP_SMLAL_ENTER "[sp, #4]"
#define ECGP_SMLAL_AFTER "[sp, #8]"
#define ECGP_SMLAL_STORED "[sp, #12]"
#define ECGP_SMLAL_LOWER_SUMS "[sp, #16]"
#define ECGP_SMLAL_UPPER_SUMS "[sp, #24]"
#define ECGP_SMLAL_SKIP "[sp, #32]"
#define ECGP_SMLAL_ENTRIES "[sp, #36]"
#define ECGP_SMLAL_END "[sp, #40]"

/** See the C of ecgp_smlal_tiles(). */
static ECGP_NAKED void ecgp_smlal_tiles(ecgp_smlal_channel *c ECGP_UNUSED)
{
    __asm__("push  {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub   sp, sp, #44\n\t"
            "ldrd  r3, r4, [r0, #40]\n\t"
            "ldrd  r1, r2, [r0, #48]\n\t"
            "strd  r3, r4, " ECGP_SMLAL_ENTRIES "\n\t"
            "lsls  r3, r1, #1\n\t"
            "str   r3, " ECGP_SMLAL_SKIP "\n\t"
            "adr.w r3, 2f\n\t"
            "movs  r4, #" ECGP_SMLAL_BYTES "\n\t"
            "mla   r1, r1, r4, r3\n\t"
            "adr.w r3, 3f\n\t"
            "adr.w r4, 5f\n\t"
            "cmp   r2, #2\n\t"
            "it    ne\n\t"
            "movne r3, r4\n\t"
            "adr.w r4, 7f\n\t"
            "adds  r1, #1\n\t"                    /* bit 0: Thumb */
            "adds  r3, #1\n\t"
            "adds  r4, #1\n\t"
            "str   r0, " ECGP_SMLAL_SELF "\n\t"
            "str   r1, " ECGP_SMLAL_ENTER "\n\t"
            "str   r3, " ECGP_SMLAL_AFTER "\n\t"
            "str   r4, " ECGP_SMLAL_STORED "\n\t"
            "ldr   r12, [r0, #32]\n"
            "1:\n\t"                              /* a tile: r12: words */
            "ldr   r3, " ECGP_SMLAL_ENTRIES "\n\t"
            ECGP_SMLAL_BEGIN
            ECGP_SMLAL_FIRST
            "ldr   r2, " ECGP_SMLAL_SKIP "\n\t"
            ECGP_SMLAL_SECOND
            "subs  r3, r3, r2\n\t"
            "adds  r3, #2\n\t"
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
            "bne   1b\n\t"
            "add   sp, sp, #44\n\t"
            "pop   {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#endif /* ECGP_SMLAL_ASM_H */
