/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_rescale.h
 * @brief ecgp_requantize() for the many accumulators of one channel: the same bits in five instructions a value.
 *
 * 1. round(value * multiplier / 2^31), half up, is the upper word of (2 * value) * multiplier + 2^31: SMMULR.
 * 2. After -1 where that is negative, rounding half up does what rounding ties away from zero did before.
 * 3. A division by 2^right, rounded half up, plus the zero point, is one SMMLAR with the factor 2^(32 - right).
 *    Without it: half of 2^right and the zero point times 2^right are added before the shift.
 * This holds for 2 <= right <= 22 and |sum + bias| < 2^29. With SMMLAR the factor for right = 1 would be -2^31; without it
 * 128 * 2^right + 2^(right - 1) + 2^29 has to stay below 2^31. lowering/rescaling.py proves both, or takes another kernel.
 */
#ifndef ECGP_RESCALE_H
#define ECGP_RESCALE_H

#include <stdint.h>

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

/** What the accumulators of a channel have in common. */
typedef struct {
    int32_t doubled_bias;
    int32_t multiplier;
    int32_t right; /**< 2 to 22; with SMMLAR 2^(32 - right) */
    int32_t zero;  /**< half of 2^right, and the zero point times 2^right; with SMMLAR the zero point */
    int32_t min;
    int32_t max;
} ecgp_rescale;

/** The constants of one channel, whose sums are `start` too large. */
static inline ecgp_rescale ecgp_rescale_of(const ecgp_requant *r, int32_t channel, int32_t start)
{
    const int32_t i = r->per_channel != 0 ? channel : 0;
    const int32_t right = -r->shift[i];

    ECGP_ASSERT(right >= 2 && right <= 22);
    ECGP_ASSERT(r->multiplier[i] >= 0 && r->zero_point >= -128 && r->zero_point <= 127);
    const ecgp_rescale found = {2 * (r->bias[channel] - start),
                              r->multiplier[i],
#if ECGP_DSP
                              (int32_t)(1u << (32 - right)),
                              r->zero_point,
#else
                              right,
                              (1 << (right - 1)) + r->zero_point * (1 << right),
#endif
                              r->min,
                              r->max};

    return found;
}

/** `sum` + bias in steps of the output, zero point included: what is left to do is the clamp. */
static inline int32_t ecgp_rescaled(const ecgp_rescale *r, int32_t sum)
{
    const int32_t doubled = sum * 2 + r->doubled_bias;
    int32_t value = ecgp_smmulr(doubled, r->multiplier);

    ECGP_ASSERT(sum > -(1 << 30) && sum < (1 << 30));         /* 2 * sum is an int32 */
    ECGP_ASSERT(doubled > -(1 << 30) && doubled < (1 << 30)); /* |sum + bias| < 2^29 */
    value -= value < 0 ? 1 : 0;
#if ECGP_DSP
    return ecgp_smmlar(value, r->right, r->zero);
#else
    return (value + r->zero) >> r->right;
#endif
}

#endif /* ECGP_RESCALE_H */
