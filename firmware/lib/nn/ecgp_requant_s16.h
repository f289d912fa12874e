/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_requant_s16.h
 * @brief From the accumulators of an int16 operator with int8 weights to int16, as TFLM rounds them.
 *
 * TFLM takes 64 bits for the sums and rounds once, by a multiplier of 15 bits; or, where the model asks for a bias of
 * int32, 32 bits, and rounds twice, as ecgp_requant.h does. Zero points are 0. The generator
 * (ecgprune/codegen/lowering/weights_s16.py) proves that nothing leaves its type.
 */
#ifndef ECGP_REQUANT_S16_H
#define ECGP_REQUANT_S16_H

#include <stdint.h>

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How the accumulators of an operator become int16. */
typedef struct {
    const int64_t *bias;       /**< per output channel; |sum + bias| < 2^47, or with `rounds` 2 that of ecgp_requant */
    const int32_t *multiplier; /**< per output channel, or a single one: 0 to 2^15 - 1; with `rounds` 2 to 2^31 - 1 */
    const int8_t *shift;       /**< as many; bits to the right, 8 to 46; with `rounds` 2 -31 to 30 to the left */
    int32_t per_channel;       /**< 1: one multiplier and shift per output channel; 0: one for all */
    int32_t rounds;            /**< roundings: 1, or 2 where the model's accumulators are int32 */
    int32_t min;               /**< lowest output, -32768 to 32767: the fused activation */
    int32_t max;               /**< highest output, min to 32767 */
} ecgp_requant_s16;

/** Whether factors of `channels` output channels and range of the outputs are what they have to be. For ECGP_ASSERT. */
static inline int ecgp_requant_s16_is_within(const ecgp_requant_s16 *r, int32_t channels)
{
    const int32_t least = r->rounds == 1 ? 8 : -31;
    const int32_t most = r->rounds == 1 ? 46 : 30;
    int within = (r->rounds == 1 || r->rounds == 2) && r->min >= -32768 && r->min <= r->max && r->max <= 32767;

    for (int32_t i = 0; i < (r->per_channel != 0 ? channels : 1); i++) {
        within = within && r->multiplier[i] >= 0 && (r->rounds == 2 || r->multiplier[i] <= 32767);
        within = within && r->shift[i] >= least && r->shift[i] <= most;
    }
    return within;
}

/** value * multiplier / 2^shift, rounded half up. The result has to be an int32. */
static inline int32_t ecgp_scaled_s16(int64_t value, int32_t multiplier, int32_t shift)
{
    return (int32_t)((value * multiplier + (INT64_C(1) << (shift - 1))) >> shift);
}

/** The output of one sum of output channel `channel`. */
static inline int16_t ecgp_requantized_s16(const ecgp_requant_s16 *r, int32_t channel, int64_t sum)
{
    const int32_t i = r->per_channel != 0 ? channel : 0;
    const int64_t value = sum + r->bias[channel];
    const int32_t scaled = r->rounds == 1 ? ecgp_scaled_s16(value, r->multiplier[i], r->shift[i])
                                          : ecgp_multiply((int32_t)value, r->multiplier[i], r->shift[i]);

    return (int16_t)ecgp_clamp(scaled, r->min, r->max);
}

/** The outputs of `count` sums of one channel, stored `step` elements apart. All is loaded before the first store. */
static inline void ecgp_requantize_s16(const ecgp_requant_s16 *r, int32_t channel, const int32_t *sums, int32_t count,
                                       int16_t *output, int32_t step)
{
    const int32_t i = r->per_channel != 0 ? channel : 0;
    const int64_t bias = r->bias[channel];
    const int32_t multiplier = r->multiplier[i];
    const int32_t shift = r->shift[i];
    const int32_t min = r->min;
    const int32_t max = r->max;

    if (r->rounds == 1) {
        /* (sum + bias) * multiplier without a sum of 64 bits: one multiplication that adds to the bias's share */
        const int64_t share = bias * multiplier + (INT64_C(1) << (shift - 1));

        for (int32_t k = 0; k < count; k++) {
            *output = (int16_t)ecgp_clamp((int32_t)((share + (int64_t)sums[k] * multiplier) >> shift), min, max);
            output += step;
        }
        return;
    }
    for (int32_t k = 0; k < count; k++) {
        *output = (int16_t)ecgp_clamp(ecgp_multiply((int32_t)(sums[k] + bias), multiplier, shift), min, max);
        output += step;
    }
}

#ifdef __cplusplus
}
#endif

#endif /* ECGP_REQUANT_S16_H */
