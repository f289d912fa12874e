/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_intrinsics.h
 * @brief Operations of one instruction, and the C with the same bits for other cores and compilers.
 *
 * A part of ecgp_compiler.h, which includes it: no other file does.
 */
#ifndef ECGP_INTRINSICS_H
#define ECGP_INTRINSICS_H

#include <stdint.h>
#include <string.h>

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

#endif /* ECGP_INTRINSICS_H */
