/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_rescale_s16.h
 * @brief From the sums of an int16 operator with int8 weights to int16, four output channels at once, as TFLM rounds them.
 *
 * With two roundings this is ecgp_helium_four(). With one, value * m / 2^s, rounded half up, is the upper word of
 * value * (m * 2^16), cut off, over 2^(s - 16), rounded half up: what was cut off is less than the last bit, and half of
 * 2^(s - 16) is whole. This holds for s of 17 and more; the sum with its bias is an int32, which the generator proves.
 */
#ifndef ECGP_HELIUM_RESCALE_S16_H
#define ECGP_HELIUM_RESCALE_S16_H

#include "ecgp_helium_rescale.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How the sums of an operator become int16. */
typedef struct {
    ecgp_requant factors; /**< per_channel is 1, zero_point 0, min and max of int16; with one rounding multipliers are
                               m * 2^16, and shifts 16 - s, -30 to -1; |sum + bias| < 2^31 */
    int32_t rounds;       /**< 1 or 2 */
} ecgp_helium_requant_s16;

/** Whether all is what it has to be. For ECGP_ASSERT. */
static inline int ecgp_helium_requant_s16_is_within(const ecgp_helium_requant_s16 *r, int32_t channels)
{
    const ecgp_requant *const f = &r->factors;
    int within = f->per_channel == 1 && f->zero_point == 0 && (r->rounds == 1 || r->rounds == 2);

    within = within && f->min >= -32768 && f->min <= f->max && f->max <= 32767;
    for (int32_t i = 0; i < channels; i++) {
        within = within && f->multiplier[i] >= 0 && f->shift[i] >= (r->rounds == 1 ? -30 : -31);
        within = within && f->shift[i] <= (r->rounds == 1 ? -1 : 30);
    }
    return within;
}

#if ECGP_HELIUM

/** The outputs of channels c to c + 3 from their sums. */
static inline int32x4_t ecgp_helium_four_s16(const ecgp_helium_requant_s16 *r, int32_t c, int32x4_t sums)
{
    const ecgp_requant *const f = &r->factors;

    if (r->rounds == 2) {
        return ecgp_helium_four(f, c, sums);
    }
    const int32x4_t value = vaddq_s32(sums, vldrwq_s32(f->bias + c));
    const int32x4_t upper = vmulhq_s32(value, vldrwq_s32(f->multiplier + c));
    const int32x4_t scaled = vrshlq_s32(upper, vldrbq_s32(f->shift + c));

    return vminq_s32(vmaxq_s32(scaled, vdupq_n_s32(f->min)), vdupq_n_s32(f->max));
}

#else

/** The output of channel c from its sum. */
static inline int16_t ecgp_helium_one_s16(const ecgp_helium_requant_s16 *r, int32_t c, int32_t sum)
{
    const ecgp_requant *const f = &r->factors;
    const int32_t value = sum + f->bias[c];
    int32_t scaled;

    if (r->rounds == 2) {
        scaled = ecgp_multiply(value, f->multiplier[c], f->shift[c]);
    } else {
        const int32_t upper = (int32_t)(((int64_t)value * f->multiplier[c]) >> 32);

        scaled = (upper + (1 << (-f->shift[c] - 1))) >> -f->shift[c];
    }
    return (int16_t)ecgp_clamp(scaled, f->min, f->max);
}

#endif

#ifdef __cplusplus
}
#endif

#endif /* ECGP_HELIUM_RESCALE_S16_H */
