/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_integers.h
 * @brief Integer arithmetic of the model's inputs; as ecgprune/ecg/integers.py has it, to the last bit.
 */
#ifndef ECGP_INTEGERS_H
#define ECGP_INTEGERS_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_OCTAVE 32 /**< units per octave of the logarithms */

/**
 * @brief Divides to nearest, halves away from zero, and clips to int8.
 *
 * @param size      size of the numerator; `size + divisor` is below 2^32
 * @param divisor   1 or more
 * @param negative  whether the result is negative
 */
static inline int8_t ecgp_quotient(uint32_t size, uint32_t divisor, bool negative)
{
    const uint32_t quotient = (size + divisor / 2u) / divisor;

    if (negative) {
        return (int8_t)(quotient > 128u ? -128 : -(int32_t)quotient);
    }
    return (int8_t)(quotient > 127u ? 127 : (int32_t)quotient);
}

/** @brief |a - b|, for differences below 2^31. */
static inline uint32_t ecgp_distance(int32_t a, int32_t b) { return (uint32_t)(a < b ? b - a : a - b); }

/** @brief |x|, for x above -2^31; in fewer instructions than a choice takes. */
static inline int32_t ecgp_size(int32_t x)
{
    const int32_t sign = x < 0 ? -1 : 0;

    return (x ^ sign) - sign;
}

#define ECGP_ONES2 0x00010001u /**< two int16 of 1: ecgp_smlad() by it adds both halves of a word */

/** @brief A value as both int16 of a word. */
static inline uint32_t ecgp_both(int32_t value)
{
    return ((uint32_t)value << 16) | ((uint32_t)value & 0xffffu);
}

#if ECGP_DSP
/** @brief Sums of each two int16 of two words, saturating. */
static inline uint32_t ecgp_qadd2(uint32_t a, uint32_t b) { return (uint32_t)__qadd16((int32_t)a, (int32_t)b); }

/** @brief Differences of each two int16 of two words, saturating. */
static inline uint32_t ecgp_qsub2(uint32_t a, uint32_t b) { return (uint32_t)__qsub16((int32_t)a, (int32_t)b); }

/** @brief Differences of each two uint16 of two words; 0 where they are negative. */
static inline uint32_t ecgp_uqsub2(uint32_t a, uint32_t b) { return __uqsub16(a, b); }

/** @brief 1 for each int16 of `a` that is below the one of `b`, as two int16. */
static inline uint32_t ecgp_below2(uint32_t a, uint32_t b)
{
#if ECGP_GNU
    uint32_t found;

    __asm__("ssub16 %0, %1, %2\n\tsel %0, %3, %4" : "=&r"(found) : "r"(a), "r"(b), "r"(0u), "r"(ECGP_ONES2) : "cc");
    return found;
#else
    return ((int16_t)a < (int16_t)b ? 1u : 0u) | ((int16_t)(a >> 16) < (int16_t)(b >> 16) ? 0x10000u : 0u);
#endif
}
#endif

/** @brief The smaller of two values. */
static inline int32_t ecgp_smaller(int32_t a, int32_t b) { return a < b ? a : b; }

/** @brief The larger of two values. */
static inline int32_t ecgp_larger(int32_t a, int32_t b) { return a > b ? a : b; }

/** @brief `x` clipped to `low` to `high`; low <= high. */
static inline int32_t ecgp_clipped(int32_t x, int32_t low, int32_t high) { return x < low ? low : x > high ? high : x; }

/** @brief `x` clipped to int8. */
static inline int8_t ecgp_to_int8(int32_t x) { return (int8_t)ecgp_clipped(x, -128, 127); }

/** @brief gain * (a - b) / divisor as int8; rounding and ranges are ecgp_quotient()'s. */
static inline int8_t ecgp_relative(uint32_t gain, int32_t a, int32_t b, int32_t divisor)
{
    return ecgp_quotient(gain * ecgp_distance(a, b), (uint32_t)divisor, a < b);
}

/**
 * @brief ECGP_OCTAVE * log2(x), linear between powers of two, rounded down.
 *
 * @param x  1 or more
 * @return 0 to 1023
 */
static inline int32_t ecgp_log2(uint32_t x)
{
    const int32_t zeros = ecgp_leading_zeros(x);

    return ECGP_OCTAVE * (30 - zeros) + (int32_t)((x << zeros) >> 26);
}

/** @brief ECGP_OCTAVE * log2(a / b), as the difference of two ecgp_log2(); a, b: 1 or more. */
static inline int32_t ecgp_log2_ratio(uint32_t a, uint32_t b) { return ecgp_log2(a) - ecgp_log2(b); }

/** @brief Square root, rounded down. */
static inline uint32_t ecgp_root(uint32_t x)
{
    uint32_t root = 0u;
    uint32_t bit = 0x40000000u;

    while (bit != 0u) {
        const uint32_t with = root + bit;

        root >>= 1;
        if (x >= with) {
            x -= with;
            root += bit;
        }
        bit >>= 2;
    }
    return root;
}

#ifdef __cplusplus
}
#endif

#endif /* ECGP_INTEGERS_H */
