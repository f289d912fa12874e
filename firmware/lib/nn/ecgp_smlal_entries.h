/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlal_entries.h
 * @brief How ecgp_smlal_asm.h multiplies a weight, and a pair of them, with the words of a tile: for one instruction at a
 *        time, and for dual issue.
 */
#ifndef ECGP_SMLAL_ENTRIES_H
#define ECGP_SMLAL_ENTRIES_H

/* The accumulators of four words are r4:r5, r6:r7, r8:r9, r10:r11; r3: entries, r12: words, r2: weight, lr: the delta,
   loaded an entry ahead, so a byte behind the last entry is loaded too. `next` loads the delta of the entry behind. */
#if ECGP_DUAL_ISSUE

/* A load issues beside each multiplication: 7.75 cycles on a Cortex-M7. */
#define ECGP_SMLAL_ENTRY(multiply, at, next, end) \
    "add     r12, r12, lr, lsl #2\n\t"           \
    "ldrsb.w r2, [r3, #" at " + 1]\n\t"          \
    next                                         \
    "ldr     r0, [r12]\n\t"                      \
    "ldr     r1, [r12, #4]\n\t"                  \
    multiply " r4, r5, r2, r0\n\t"               \
    "ldr     r0, [r12, #8]\n\t"                  \
    multiply " r6, r7, r2, r1\n\t"               \
    "ldr     r1, [r12, #12]\n\t"                 \
    multiply " r8, r9, r2, r0\n\t"               \
    end                                          \
    multiply " r10, r11, r2, r1\n\t"
/* 11 cycles; lr is the second weight. */
#define ECGP_SMLAL_TWO(multiply, at, next, end) \
    "ldrb.w  r0, [r3, #" at "]\n\t"            \
    "ldrsb.w r2, [r3, #" at " + 1]\n\t"        \
    "ldrsb.w lr, [r3, #" at " + 2]\n\t"        \
    "add     r12, r12, r0, lsl #2\n\t"         \
    "ldr     r0, [r12]\n\t"                    \
    "ldr     r1, [r12, #4]\n\t"                \
    multiply " r4, r5, r2, r0\n\t"             \
    "ldr     r0, [r12, #8]\n\t"                \
    multiply " r6, r7, r2, r1\n\t"             \
    "smlal   r4, r5, lr, r1\n\t"               \
    "ldr     r1, [r12, #12]\n\t"               \
    multiply " r8, r9, r2, r0\n\t"             \
    "smlal   r6, r7, lr, r0\n\t"               \
    "ldr     r0, [r12, #16]\n\t"               \
    multiply " r10, r11, r2, r1\n\t"           \
    end                                        \
    "smlal   r8, r9, lr, r1\n\t"               \
    "smlal   r10, r11, lr, r0\n\t"
#define ECGP_SMLAL_FIRST_PAIR ""
#define ECGP_SMLAL_NEXT_PAIR ""
#define ECGP_SMLAL_TURN_OF_TWO                                              \
    ECGP_SMLAL_TWO("smlal", "0", "", "")                                    \
    ECGP_SMLAL_TWO("smlal", "3", "", "ldr r2, " ECGP_SMLAL_ENTRIES "\n\t")  \
    "adds  r3, #6\n\t"                                                     \
    "cmp   r3, r2\n\t"

#else

/* 11 cycles on a Cortex-M4, in silicon 13: 6 loads in two runs, 4 SMLAL, 1. */
#define ECGP_SMLAL_ENTRY(multiply, at, next, end) \
    "add     r12, r12, lr, lsl #2\n\t"           \
    "ldrsb.w r2, [r3, #" at " + 1]\n\t"          \
    "ldr     r0, [r12]\n\t"                      \
    "ldr     r1, [r12, #4]\n\t"                  \
    next                                         \
    multiply " r4, r5, r2, r0\n\t"               \
    multiply " r6, r7, r2, r1\n\t"               \
    "ldr     r0, [r12, #8]\n\t"                  \
    "ldr     r1, [r12, #12]\n\t"                 \
    multiply " r8, r9, r2, r0\n\t"               \
    end                                          \
    multiply " r10, r11, r2, r1\n\t"
/* 17 cycles, in silicon 20: 8 loads in three runs, 8 SMLAL, 1; lr is the second weight, r1 the delta, loaded a pair ahead. */
#define ECGP_SMLAL_TWO(multiply, at, next, end) \
    "add     r12, r12, r1, lsl #2\n\t"         \
    "ldrsb.w r2, [r3, #" at " + 1]\n\t"        \
    "ldr     r0, [r12]\n\t"                    \
    "ldr     r1, [r12, #4]\n\t"                \
    "ldrsb.w lr, [r3, #" at " + 2]\n\t"        \
    multiply " r4, r5, r2, r0\n\t"             \
    multiply " r6, r7, r2, r1\n\t"             \
    "smlal   r4, r5, lr, r1\n\t"               \
    "ldr     r0, [r12, #8]\n\t"                \
    "ldr     r1, [r12, #12]\n\t"               \
    multiply " r8, r9, r2, r0\n\t"             \
    "smlal   r6, r7, lr, r0\n\t"               \
    multiply " r10, r11, r2, r1\n\t"           \
    "smlal   r8, r9, lr, r1\n\t"               \
    "ldr     r0, [r12, #16]\n\t"               \
    next                                       \
    end                                        \
    "smlal   r10, r11, lr, r0\n\t"
#define ECGP_SMLAL_FIRST_PAIR "ldrb.w  r1, [r3]\n\t"
#define ECGP_SMLAL_NEXT_PAIR "ldrb.w  r1, [r3, #3]\n\t"
#define ECGP_SMLAL_TURN_OF_TWO                                                                           \
    ECGP_SMLAL_TWO("smlal", "0", ECGP_SMLAL_NEXT_PAIR, "")                                               \
    ECGP_SMLAL_TWO("smlal", "3", "ldrb r1, [r3, #6]!\n\t", "ldr r2, " ECGP_SMLAL_ENTRIES "\n\t")         \
    "cmp   r3, r2\n\t"

#endif

#define ECGP_SMLAL_TWO_BYTES "68"
#define ECGP_SMLAL_BYTES "44"
#define ECGP_SMLAL_NEXT(at) "ldrb.w  lr, [r3, #" at "]\n\t"
#define ECGP_SMLAL_TURN                                                                          \
    ECGP_SMLAL_ENTRY("smlal", "0", ECGP_SMLAL_NEXT("2"), "")                                     \
    ECGP_SMLAL_ENTRY("smlal", "2", ECGP_SMLAL_NEXT("4"), "")                                     \
    ECGP_SMLAL_ENTRY("smlal", "4", ECGP_SMLAL_NEXT("6"), "")                                     \
    ECGP_SMLAL_ENTRY("smlal", "6", ECGP_SMLAL_NEXT("8"), "")                                     \
    ECGP_SMLAL_ENTRY("smlal", "8", ECGP_SMLAL_NEXT("10"), "")                                    \
    ECGP_SMLAL_ENTRY("smlal", "10", ECGP_SMLAL_NEXT("12"), "")                                   \
    ECGP_SMLAL_ENTRY("smlal", "12", ECGP_SMLAL_NEXT("14"), "")                                   \
    ECGP_SMLAL_ENTRY("smlal", "14", "ldrb lr, [r3, #16]!\n\t", "ldr r0, " ECGP_SMLAL_END "\n\t") \
    "cmp   r3, r0\n\t"

#endif /* ECGP_SMLAL_ENTRIES_H */
