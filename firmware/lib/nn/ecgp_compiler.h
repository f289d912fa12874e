/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_compiler.h
 * @brief All that depends on the compiler or the core: features, attributes, and operations of one instruction.
 *
 * Compilers: GCC 8 and later, clang and armclang; IAR and others with C and ACLE intrinsics. Tested: GCC 12, clang 14,
 * 16 and 19.
 * Cores: any Cortex-M; the host, or any other little-endian core, runs the C. No other file tests a compiler's macros.
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

#include <stdint.h>
#include <string.h>

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

/* ---- operations of one instruction, and the C with the same bits */

#if ECGP_THUMB2
#include <arm_acle.h>
#endif

/** Four bytes as a word, the first in its lowest byte. */
static inline uint32_t ecgp_load4(const int8_t *bytes)
{
#if ECGP_UNALIGNED
    uint32_t word;

#if ECGP_GNU && !defined(__ARM_FEATURE_UNALIGNED) /* the compiler would load bytes */
    __asm__("ldr %0, [%1]" : "=r"(word) : "r"(bytes), "m"(*(const int8_t(*)[4])bytes));
#elif ECGP_GNU
    __builtin_memcpy(&word, bytes, sizeof word); /* -ffreestanding: memcpy() might be a call */
#else
    memcpy(&word, bytes, sizeof word);
#endif
    return word;
#else
    return (uint32_t)(uint8_t)bytes[0] | (uint32_t)(uint8_t)bytes[1] << 8 | (uint32_t)(uint8_t)bytes[2] << 16 |
           (uint32_t)(uint8_t)bytes[3] << 24;
#endif
}

/** Stores a word as four bytes, its lowest first. */
static inline void ecgp_store4(int8_t *bytes, uint32_t word)
{
#if ECGP_UNALIGNED && ECGP_GNU && !defined(__ARM_FEATURE_UNALIGNED)
    __asm__("str %1, [%2]" : "=m"(*(int8_t(*)[4])bytes) : "r"(word), "r"(bytes));
#elif ECGP_UNALIGNED && ECGP_GNU
    __builtin_memcpy(bytes, &word, sizeof word);
#else
    memcpy(bytes, &word, sizeof word);
#endif
}

/** Bytes 0 and 2 as int16. */
static inline uint32_t ecgp_sxtb16(uint32_t word)
{
#if ECGP_DSP
    uint32_t spread;

    __asm__("sxtb16 %0, %1" : "=r"(spread) : "r"(word));
    return spread;
#else
    return ((uint32_t)(int8_t)word & 0xffffu) | (uint32_t)(int8_t)(word >> 16) << 16;
#endif
}

/** Bytes 1 and 3 as int16. */
static inline uint32_t ecgp_sxtb16_ror8(uint32_t word)
{
#if ECGP_DSP && ECGP_GNU /* ACLE has no rotation, and GCC does not join one */
    uint32_t spread;

    __asm__("sxtb16 %0, %1, ror #8" : "=r"(spread) : "r"(word));
    return spread;
#else
    return ecgp_sxtb16(word >> 8);
#endif
}

/** Bytes 0 and 2 of `word`, as int16, added to the two int16 of `sums`, each modulo 2^16. */
static inline uint32_t ecgp_sxtab16(uint32_t sums, uint32_t word)
{
#if ECGP_DSP
    return (uint32_t)__sxtab16((int32_t)sums, (int32_t)word);
#else
    const uint32_t spread = ecgp_sxtb16(word);

    return ((sums + spread) & 0xffffu) | ((sums & 0xffff0000u) + (spread & 0xffff0000u));
#endif
}

/** Bytes 1 and 3 of `word`, as int16, added to the two int16 of `sums`, each modulo 2^16. */
static inline uint32_t ecgp_sxtab16_ror8(uint32_t sums, uint32_t word)
{
#if ECGP_DSP && ECGP_GNU
    __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(sums) : "r"(word));
    return sums;
#else
    return ecgp_sxtab16(sums, word >> 8);
#endif
}

/** accumulator plus the products of the lower and of the upper int16 of a and b; no sum may leave int32. */
static inline int32_t ecgp_smlad(uint32_t a, uint32_t b, int32_t accumulator)
{
#if ECGP_DSP
    return __smlad((int32_t)a, (int32_t)b, accumulator);
#else
    return accumulator + (int16_t)a * (int16_t)b + (int16_t)(a >> 16) * (int16_t)(b >> 16);
#endif
}

/** a * b / 2^32, rounded half up. */
static inline int32_t ecgp_smmulr(int32_t a, int32_t b)
{
#if ECGP_DSP && ECGP_GNU /* not in ACLE; clang makes it of the C, GCC does not */
    int32_t upper;

    __asm__("smmulr %0, %1, %2" : "=r"(upper) : "r"(a), "r"(b));
    return upper;
#else
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32);
#endif
}

#if ECGP_DSP
/** addend + a * b / 2^32, rounded half up; the sum may not leave int32. */
static inline int32_t ecgp_smmlar(int32_t a, int32_t b, int32_t addend)
{
#if ECGP_GNU
    __asm__("smmlar %0, %0, %1, %2" : "+r"(a) : "r"(b), "r"(addend));
    return a;
#else
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32) + addend;
#endif
}

/** addend - a * b / 2^32, rounded half up; the result may not leave int32. */
static inline int32_t ecgp_smmlsr(int32_t a, int32_t b, int32_t addend)
{
#if ECGP_GNU
    __asm__("smmlsr %0, %0, %1, %2" : "+r"(a) : "r"(b), "r"(addend));
    return a;
#else
    return (int32_t)((((int64_t)addend << 32) - (int64_t)a * b + (INT64_C(1) << 31)) >> 32);
#endif
}
#endif

/** value, but at least -128 and at most 127. */
static inline int32_t ecgp_ssat8(int32_t value)
{
#if ECGP_THUMB2 && ECGP_GNU /* GCC's __ssat() is a macro that warns of a sign conversion */
    __asm__("ssat %0, #8, %0" : "+r"(value));
    return value;
#elif ECGP_THUMB2
    return __ssat(value, 8);
#else
    const int32_t raised = value < -128 ? -128 : value;

    return raised > 127 ? 127 : raised;
#endif
}

/** The larger of each two int8 of two words. */
static inline uint32_t ecgp_max4(uint32_t a, uint32_t b)
{
#if ECGP_DSP && ECGP_GNU /* SSUB8 says of each byte which is the larger, SEL takes it */
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(b) : "r"(a), "r"(b) : "cc");
    return b;
#else
    uint32_t larger = 0u;

    for (uint32_t k = 0; k < 32u; k += 8u) {
        larger |= (uint32_t)(uint8_t)((int8_t)(a >> k) > (int8_t)(b >> k) ? a >> k : b >> k) << k;
    }
    return larger;
#endif
}

/** The smaller of each two int8 of two words. */
static inline uint32_t ecgp_min4(uint32_t a, uint32_t b)
{
#if ECGP_DSP && ECGP_GNU
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(a) : "r"(a), "r"(b) : "cc");
    return a;
#else
    return ~ecgp_max4(~a, ~b); /* ~x is -1 - x, byte by byte */
#endif
}

/** Two int16 as a word, the first in its lower half. */
static inline uint32_t ecgp_load2(const int16_t *values)
{
    return ecgp_load4((const int8_t *)values);
}

/** Stores a word as two int16, its lower half first. */
static inline void ecgp_store2(int16_t *values, uint32_t word)
{
    ecgp_store4((int8_t *)values, word);
}

/** a - b of each two int16 of two words, modulo 2^16. */
static inline uint32_t ecgp_difference2(uint32_t a, uint32_t b)
{
#if ECGP_DSP && ECGP_GNU
    uint32_t found;

    __asm__("ssub16 %0, %1, %2" : "=r"(found) : "r"(a), "r"(b) : "cc");
    return found;
#else
    return (((a >> 16) - (b >> 16)) << 16) | ((a - b) & 0xffffu);
#endif
}

/** The absolute values of the two int16 of a word, -32767 to 32767. */
static inline uint32_t ecgp_size2(uint32_t a)
{
#if ECGP_DSP && ECGP_GNU
    uint32_t found;

    __asm__("ssub16 %0, %1, %2\n\tsel %0, %0, %2" : "=&r"(found) : "r"(0u), "r"(a) : "cc");
    return found;
#else
    const uint32_t minus = ecgp_difference2(0u, a);
    const uint32_t low = (a & 0x8000u) != 0u ? minus : a;
    const uint32_t high = (a & 0x80000000u) != 0u ? minus : a;

    return (high & 0xffff0000u) | (low & 0xffffu);
#endif
}

/** The larger of each two int16 of two words. */
static inline uint32_t ecgp_max2(uint32_t a, uint32_t b)
{
#if ECGP_DSP && ECGP_GNU
    __asm__("ssub16 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(b) : "r"(a), "r"(b) : "cc");
    return b;
#else
    const uint32_t low = (int16_t)a > (int16_t)b ? a : b;
    const uint32_t high = (int16_t)(a >> 16) > (int16_t)(b >> 16) ? a : b;

    return (high & 0xffff0000u) | (low & 0xffffu);
#endif
}

/** The smaller of each two int16 of two words. */
static inline uint32_t ecgp_min2(uint32_t a, uint32_t b)
{
#if ECGP_DSP && ECGP_GNU
    __asm__("ssub16 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(a) : "r"(a), "r"(b) : "cc");
    return a;
#else
    return ~ecgp_max2(~a, ~b); /* ~x is -1 - x, half by half */
#endif
}

/** Zero bits above the highest bit of value, which is not 0. */
static inline int32_t ecgp_leading_zeros(uint32_t value)
{
#if ECGP_THUMB2 && ECGP_GNU /* GCC's ACLE has no __clz() */
    return __builtin_clz(value);
#elif ECGP_THUMB2
    return (int32_t)__clz(value);
#else
    int32_t zeros = 0;

    while ((value & UINT32_C(0x80000000)) == 0u) {
        value <<= 1;
        zeros++;
    }
    return zeros;
#endif
}

/** value, but at least -32768 and at most 32767. */
static inline int32_t ecgp_ssat16(int32_t value)
{
#if ECGP_THUMB2 && ECGP_GNU
    __asm__("ssat %0, #16, %0" : "+r"(value));
    return value;
#elif ECGP_THUMB2
    return __ssat(value, 16);
#else
    const int32_t raised = value < -32768 ? -32768 : value;

    return raised > 32767 ? 32767 : raised;
#endif
}

/** accumulator plus the products of four weights and four inputs, which are spread to int16 already. */
static inline int32_t ecgp_multiply4(const int8_t *w, uint32_t even, uint32_t odd, int32_t accumulator)
{
    const uint32_t four = ecgp_load4(w);

    return ecgp_smlad(ecgp_sxtb16_ror8(four), odd, ecgp_smlad(ecgp_sxtb16(four), even, accumulator));
}

#endif /* ECGP_COMPILER_H */
