/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_compiler.h
 * @brief All that depends on the compiler or the core: features and attributes; with ecgp_intrinsics.h, which it includes.
 *
 * Compilers: GCC 8 and later, clang and armclang; IAR and others with C and ACLE intrinsics. Tested: GCC 12, clang 14,
 * 16 and 19.
 * Cores: any Cortex-M; the host, or any other little-endian core, runs the C. No third file tests a compiler's macros.
 * Files named *_asm.h hold assembly and nothing else, and are included where a macro of this file says so; the C beside
 * gives the same bits.
 *
 * Macros that a build may set:
 * - ECGP_RESERVED_R9=1  The platform keeps r9 to itself. It must be set together with -ffixed-r9, which predefines no
 *                       macro: loops that use r9 save and restore it, but an interrupt handler would see their value.
 *                       Position-independent code (-fpic, -fropi, -frwpi) does without those loops by itself.
 * - ECGP_UNALIGNED=0    No unaligned loads and stores, as where UNALIGN_TRP is set. -mno-unaligned-access says the same,
 *                       but clang before 17 predefines nothing of it for bare metal: with such a clang set this as well.
 * - ECGP_DUAL_ISSUE=1   A Cortex-M7: loops with loads between multiplications. Set by itself only where the FPU has doubles,
 *                       for compilers do not tell an M7 from an M4.
 * - ECGP_ASSEMBLY=0     The C instead of the long assembly loops.
 * - ECGP_HELIUM=0       The C instead of the Helium (MVE) loops.
 * - ECGP_CHECK_CONSTANTS=0  A model's init does not check its constants; see ecgp_crc32.h.
 * - ECGP_ASSERT_ENABLED   Checks the bounds that kernels rely on, with assert(). Off by default: the generator proves them.
 * - ECGP_ASSERT(condition) A check of one's own instead, as a macro with this parameter.
 */
#ifndef ECGP_COMPILER_H
#define ECGP_COMPILER_H

#if defined(__ARM_BIG_ENDIAN) || \
    (defined(__BYTE_ORDER__) && defined(__ORDER_BIG_ENDIAN__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#error "ecgprune's kernels take words as little-endian: build without -mbig-endian"
#endif

/* ---- checks */

#if defined(ECGP_ASSERT_ENABLED) && !defined(ECGP_ASSERT)
#include <assert.h>
#define ECGP_ASSERT(condition) assert(condition)
#endif
#ifndef ECGP_ASSERT
/** Checks a bound that a comment states. Nothing unless the build asks for it; see above. */
#define ECGP_ASSERT(condition) ((void)0)
#endif

/* ---- the core, by its ACLE macros; 0 on anything but a Cortex-M */

/** 1: Thumb-2, that is ARMv7-M, ARMv8-M Mainline and later. */
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB >= 2
#define ECGP_THUMB2 1
#else
#define ECGP_THUMB2 0
#endif

/** 1: the DSP extension, with SMLAD, SXTB16 and SMMULR. */
#if ECGP_THUMB2 && defined(__ARM_FEATURE_DSP)
#define ECGP_DSP 1
#else
#define ECGP_DSP 0
#endif

/** 1: Helium (MVE) with integers. */
#if ECGP_THUMB2 && defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1) != 0
#define ECGP_MVE 1
#else
#define ECGP_MVE 0
#endif

/**
 * 1: words may be loaded from any address; 0 with -mno-unaligned-access. Clang before 17 (not armclang) behaves for bare
 * metal as if that were always given: what it compiles stays with aligned words, and assembly need not.
 */
#ifndef ECGP_UNALIGNED
#if ECGP_THUMB2 && (defined(__ARM_FEATURE_UNALIGNED) || \
                    (defined(__clang__) && __clang_major__ < 17 && !defined(__ARMCC_VERSION)))
#define ECGP_UNALIGNED 1
#else
#define ECGP_UNALIGNED 0
#endif
#endif

/** 1: the core issues a load beside a multiplication: the Cortex-M7. */
#ifndef ECGP_DUAL_ISSUE
#if ECGP_DSP && __ARM_ARCH == 7 && defined(__ARM_FP) && (__ARM_FP & 8) != 0
#define ECGP_DUAL_ISSUE 1
#else
#define ECGP_DUAL_ISSUE 0
#endif
#endif

/* ---- the compiler */

#if defined(__GNUC__) || defined(__clang__)
#define ECGP_GNU 1 /* GCC, clang and armclang: their attributes and inline assembly */
#else
#define ECGP_GNU 0
#endif

#if defined(__clang__)
#pragma clang diagnostic ignored "-Woverlength-strings" /* C99 promises strings of 4095 characters; some loops are longer */
#endif

#ifndef ECGP_RESERVED_R9
#define ECGP_RESERVED_R9 0
#endif

/** 1: the long assembly loops, which take every register there is. They need r9, fixed addresses and no landing pads. */
#ifndef ECGP_ASSEMBLY
#if ECGP_GNU && ECGP_THUMB2 && !ECGP_RESERVED_R9 && !defined(__pic__) && !defined(__ARM_ROPI) && !defined(__ARM_RWPI) && \
    !defined(__ARM_FEATURE_BTI_DEFAULT)
#define ECGP_ASSEMBLY 1
#else
#define ECGP_ASSEMBLY 0
#endif
#endif

/** 1: the compiler keeps values in registers from one inline assembly to the next; 0 without optimization. */
#if ECGP_GNU && defined(__OPTIMIZE__)
#define ECGP_OPTIMIZED 1
#else
#define ECGP_OPTIMIZED 0
#endif

/** 1: the Helium loops. */
#ifndef ECGP_HELIUM
#if ECGP_GNU && ECGP_MVE
#define ECGP_HELIUM 1
#else
#define ECGP_HELIUM 0
#endif
#endif

#if ECGP_GNU
/** Keeps a function apart from its callers: what is inlined together shares registers and stack. */
#define ECGP_NOINLINE __attribute__((noinline))
/** A function that runs seldom: built for size. */
#define ECGP_COLD __attribute__((cold, noinline))
/** A function that is one block of assembly: it saves what it must, and its parameters are registers. */
#if defined(__clang__)
#define ECGP_NAKED __attribute__((naked, noinline, unused))
#else
#define ECGP_NAKED __attribute__((naked, noinline, noipa, unused)) /* noipa: GCC sees nothing of what the assembly changes */
#endif
#define ECGP_UNUSED __attribute__((unused))
/** Loads behind it stay behind it: GCC moves the loads of a loop to its begin, and runs out of registers. */
#define ECGP_LOADS_STAY() __asm__ volatile("" ::: "memory")
/** Checked by the compiler, where an offset or a size is written into assembly. */
#define ECGP_STATIC_ASSERT(condition, message) __extension__ _Static_assert(condition, message)
#else
#define ECGP_NOINLINE
#define ECGP_COLD
#define ECGP_UNUSED
#define ECGP_LOADS_STAY() ((void)0)
#define ECGP_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#endif

/** A number that is a macro, as text for assembly. */
#define ECGP_TEXT(number) ECGP_TEXT_OF(number)
#define ECGP_TEXT_OF(number) #number

#include "ecgp_intrinsics.h"

#endif /* ECGP_COMPILER_H */
