/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlal_entries.h
 * @brief How ecgp_smlal_asm.h multiplies a weight, and a pair of them, with the words of a tile: for one instruction at a
 *        time, and for dual issue.
 */
#ifndef ECGP_SMLAL_ENTRIES_H
#define ECGP_SMLAL_ENTRIES_H

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
/* 11 cycles; lr is the second weight. */
#define ECGP_SMLAL_TWO(multiply, at)         \
    "ldrb.w  r0, [r3, #" at "]\n\t"         \
    "ldrsb.w r2, [r3, #" at " + 1]\n\t"     \
    "ldrsb.w lr, [r3, #" at " + 2]\n\t"     \
    "add     r12, r12, r0, lsl #2\n\t"      \
    "ldr     r0, [r12]\n\t"                 \
    "ldr     r1, [r12, #4]\n\t"             \
    multiply " r4, r5, r2, r0\n\t"          \
    "ldr     r0, [r12, #8]\n\t"             \
    multiply " r6, r7, r2, r1\n\t"          \
    "smlal   r4, r5, lr, r1\n\t"            \
    "ldr     r1, [r12, #12]\n\t"            \
    multiply " r8, r9, r2, r0\n\t"          \
    "smlal   r6, r7, lr, r0\n\t"            \
    "ldr     r0, [r12, #16]\n\t"            \
    multiply " r10, r11, r2, r1\n\t"        \
    "smlal   r8, r9, lr, r1\n\t"            \
    "smlal   r10, r11, lr, r0\n\t"
#define ECGP_SMLAL_TWO_BYTES "68"
#define ECGP_SMLAL_BYTES "44"
#define ECGP_SMLAL_BEGIN ECGP_SMLAL_DELTA("0")
#define ECGP_SMLAL_FIRST ECGP_SMLAL_ENTRY("smull", "0", "")
#define ECGP_SMLAL_SECOND "ldr   r2, " ECGP_SMLAL_PRELOAD "\n\tldrb  lr, [r2]\n\t"
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
/* 20 cycles: 9 for five words, 8 SMLAL, 4 for the pair; lr is the second weight. */
#define ECGP_SMLAL_TWO(multiply, at)         \
    "ldrb.w  r0, [r3, #" at "]\n\t"         \
    "ldrsb.w r2, [r3, #" at " + 1]\n\t"     \
    "ldrsb.w lr, [r3, #" at " + 2]\n\t"     \
    "add     r12, r12, r0, lsl #2\n\t"      \
    "ldrd    r0, r1, [r12]\n\t"             \
    multiply " r4, r5, r2, r0\n\t"          \
    multiply " r6, r7, r2, r1\n\t"          \
    "smlal   r4, r5, lr, r1\n\t"            \
    "ldrd    r0, r1, [r12, #8]\n\t"         \
    multiply " r8, r9, r2, r0\n\t"          \
    "smlal   r6, r7, lr, r0\n\t"            \
    multiply " r10, r11, r2, r1\n\t"        \
    "ldr     r0, [r12, #16]\n\t"            \
    "smlal   r8, r9, lr, r1\n\t"            \
    "smlal   r10, r11, lr, r0\n\t"
#define ECGP_SMLAL_TWO_BYTES "60"
#define ECGP_SMLAL_BYTES "36"
#define ECGP_SMLAL_BEGIN ""
#define ECGP_SMLAL_FIRST ECGP_SMLAL_ENTRY("smull", "0")
#define ECGP_SMLAL_SECOND "ldr   lr, " ECGP_SMLAL_END "\n\t"
#define ECGP_SMLAL_TURN                      \
    ECGP_SMLAL_ENTRY("smlal", "0")           \
    ECGP_SMLAL_ENTRY("smlal", "2")           \
    ECGP_SMLAL_ENTRY("smlal", "4")           \
    ECGP_SMLAL_ENTRY("smlal", "6")           \
    "adds  r3, #8\n\t"                      \
    "cmp   r3, lr\n\t"

#endif

#endif /* ECGP_SMLAL_ENTRIES_H */
