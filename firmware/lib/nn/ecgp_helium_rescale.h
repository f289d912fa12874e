/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_rescale.h
 * @brief ecgp_requantize() for four output channels at once.
 *
 * 1. round(value * multiplier / 2^31), half up, is VQRDMULH; nothing saturates, as no multiplier is negative.
 * 2. Adding -1 where the value is negative makes VRSHL, which rounds half up, round ties away from zero.
 *    Where outputs are cut off at their zero point or above (ReLU), negative values need no such care.
 * This holds for shifts -31 to -1. Requantization is monotone within a channel: the largest sum gives the largest output.
 */
#ifndef ECGP_HELIUM_RESCALE_H
#define ECGP_HELIUM_RESCALE_H

#include "ecgp_helium.h"
#include "ecgp_requant.h"

#if ECGP_HELIUM

/** The outputs of channels c to c + 3 from their sums, for any shift, as there are but four of them. */
static inline int32x4_t ecgp_helium_four(const ecgp_requant *q, int32_t c, int32x4_t sums)
{
    const int32x4_t shift = vldrbq_s32(q->shift + c);
    const int32x4_t right = vminq_s32(shift, vdupq_n_s32(0));
    int32x4_t value = vaddq_s32(sums, vldrwq_s32(q->bias + c));

    value = vshlq_s32(value, vsubq_s32(shift, right));
    value = vqrdmulhq_s32(value, vldrwq_s32(q->multiplier + c));
    value = vaddq_s32(value, vshrq_n_s32(vandq_s32(value, right), 31)); /* without a shift there is no tie */
    value = vaddq_n_s32(vrshlq_s32(value, right), q->zero_point);
    return vminq_s32(vmaxq_s32(value, vdupq_n_s32(q->min)), vdupq_n_s32(q->max));
}

#endif

#endif /* ECGP_HELIUM_RESCALE_H */
