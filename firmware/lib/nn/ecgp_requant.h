/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_requant.h
 * @brief From int32 accumulators to int8: the only C copy of TFLM's fixed-point multiplication.
 *
 * A real factor r is held as multiplier * 2^(shift - 31), 2^30 <= multiplier < 2^31 (or 0, 0). The generator
 * (ecgprune/codegen/requant.py) computes both and proves that no accumulator overflows: a product build checks nothing.
 */
#ifndef ECGP_REQUANT_H
#define ECGP_REQUANT_H

#include <stdint.h>

#include "ecgp_compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How an operator with weights turns its accumulators into int8. */
typedef struct {
    const int32_t *bias;       /**< per output channel, input zero point folded in: 128 * sum|w| + |bias| < 2^31 */
    const int32_t *multiplier; /**< 0 to 2^31 - 1, per output channel, or a single one (see per_channel) */
    const int8_t *shift;       /**< -31 to 30, as many as multipliers; positive shifts left */
    int32_t per_channel;       /**< 1: one multiplier and shift per output channel; 0: one for all */
    int32_t zero_point;        /**< of the output, -128 to 127 */
    int32_t min;               /**< lowest output, -128 to 127: the fused activation */
    int32_t max;               /**< highest output, min to 127 */
} ecgp_requant;

/**
 * Whether the factors of `channels` output channels and the range of the outputs are what they have to be. For ECGP_ASSERT.
 *
 * @param least  of the shifts, -31 or more
 * @param most   of the shifts, 30 or less
 */
static inline int ecgp_requant_is_within(const ecgp_requant *r, int32_t channels, int32_t least, int32_t most)
{
    int within = r->zero_point >= -128 && r->zero_point <= 127 && r->min >= -128 && r->min <= r->max && r->max <= 127;

    for (int32_t i = 0; i < (r->per_channel != 0 ? channels : 1); i++) {
        within = within && r->multiplier[i] >= 0 && r->shift[i] >= least && r->shift[i] <= most;
    }
    return within;
}

/** Whether multipliers are 2^30 and more, as all are but that of a factor of 0. For ECGP_ASSERT. */
static inline int ecgp_requant_is_normalized(const ecgp_requant *r, int32_t channels)
{
    int normalized = 1;

    for (int32_t i = 0; i < (r->per_channel != 0 ? channels : 1); i++) {
        normalized = normalized && r->multiplier[i] >= (1 << 30);
    }
    return normalized;
}

/** value / 2^exponent, rounded to nearest, ties away from zero. exponent: 0 to 31. */
static inline int32_t ecgp_rounding_shift_right(int32_t value, int32_t exponent)
{
    ECGP_ASSERT(exponent >= 0 && exponent <= 31);
    const int32_t mask = (int32_t)((1u << exponent) - 1u);
    const int32_t threshold = (mask >> 1) + (value < 0 ? 1 : 0);

    return (value >> exponent) + ((value & mask) > threshold ? 1 : 0);
}

/**
 * value * multiplier * 2^(shift - 31) with two roundings, as TFLM and CMSIS-NN do: the 64-bit product to its
 * upper 32 bits (half up), then the right shift (ties away from zero). One rounding would differ in the last bit.
 *
 * @param value       |value| * 2^max(shift, 0) < 2^31
 * @param multiplier  0 to 2^31 - 1
 * @param shift       -31 to 30
 */
static inline int32_t ecgp_multiply(int32_t value, int32_t multiplier, int32_t shift)
{
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;
    const int32_t shifted = (int32_t)((uint32_t)value << left);
    const int64_t product = (int64_t)shifted * multiplier;

    ECGP_ASSERT(multiplier >= 0 && shift >= -31 && shift <= 30);
    ECGP_ASSERT(shifted / (1 << left) == value); /* nothing is shifted out */
    return ecgp_rounding_shift_right((int32_t)((product + (1LL << 30)) >> 31), right);
}

/** value, but at least min and at most max. */
static inline int32_t ecgp_clamp(int32_t value, int32_t min, int32_t max)
{
    const int32_t raised = value < min ? min : value;

    return raised > max ? max : raised;
}

/**
 * The int8 outputs of `count` accumulators of output channel `channel`, stored `step` bytes apart.
 *
 * Everything is loaded before the first store: a store through int8_t * could change anything, for all the
 * compiler knows.
 */
static inline void ecgp_requantize(const ecgp_requant *r, int32_t channel, const int32_t *accumulators, int32_t count,
                                 int8_t *output, int32_t step)
{
    const int32_t i = r->per_channel != 0 ? channel : 0;
    const int32_t multiplier = r->multiplier[i];
    const int32_t shift = r->shift[i];
    const int32_t zero_point = r->zero_point;
    const int32_t min = r->min;
    const int32_t max = r->max;

    for (int32_t k = 0; k < count; k++) {
        const int32_t scaled = ecgp_multiply(accumulators[k], multiplier, shift);

        output[k * step] = (int8_t)ecgp_clamp(scaled + zero_point, min, max);
    }
}

#ifdef __cplusplus
}
#endif

#endif /* ECGP_REQUANT_H */
