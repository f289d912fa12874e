/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_factor.h
 * @brief ecgp_multiply() of four values by one factor on Helium (MVE); ecgp_helium_rescale.h says why the bits are the same.
 */
#ifndef ECGP_HELIUM_FACTOR_H
#define ECGP_HELIUM_FACTOR_H

#include <stdint.h>

#include "ecgp_compiler.h"

#if ECGP_HELIUM

#include <arm_mve.h>

/** value * multiplier * 2^(right - 31). right: -31 to -1. VQDMLAH adds 2 * value / 2^32, rounded down: -1 below 0. */
static inline int32x4_t ecgp_helium_scaled(int32x4_t value, int32_t multiplier, int32_t right)
{
    value = vqrdmulhq_n_s32(value, multiplier);
    return vrshlq_n_s32(vqdmlahq_n_s32(value, value, 1), right);
}

/** The same with a right shift that may be 0: then there is no tie. right: -31 to 0. */
static inline int32x4_t ecgp_helium_scaled_down(int32x4_t value, int32_t multiplier, int32_t right)
{
    value = vqrdmulhq_n_s32(value, multiplier);
    return vrshlq_n_s32(vqdmlahq_n_s32(value, value, right != 0 ? 1 : 0), right);
}

/** The same for any shift of ecgp_multiply(), -31 to 30. */
static inline int32x4_t ecgp_helium_scaled_any(int32x4_t value, int32_t multiplier, int32_t shift)
{
    const int32_t right = shift < 0 ? shift : 0;

    return ecgp_helium_scaled_down(vshlq_r_s32(value, shift - right), multiplier, right);
}

/** What sums are divided by: 2^31 over the divisor, rounded up, and half the divisor. */
typedef struct {
    uint32_t reciprocal;
    int32_t half;
} ecgp_helium_divisor;

/** For ecgp_helium_divided(). divisor: 1 and more. */
static inline ecgp_helium_divisor ecgp_helium_divisor_of(int32_t divisor)
{
    const ecgp_helium_divisor found = {(UINT32_C(0x80000000) + (uint32_t)divisor - 1u) / (uint32_t)divisor, divisor / 2};

    return found;
}

/**
 * Four sums over the divisor d, rounded to nearest, halves away from zero.
 *
 * With n = |sum| + d / 2, n * reciprocal / 2^31 is less than n / d + 1 / d where n * (d - 1) < 2^31: no quotient is passed.
 */
static inline int32x4_t ecgp_helium_divided(int32x4_t sum, ecgp_helium_divisor d)
{
    const int32x4_t sign = vshrq_n_s32(sum, 31);
    const uint32x4_t n = vreinterpretq_u32_s32(vaddq_n_s32(vabsq_s32(sum), d.half));
    const uint32x4_t quotient = vmulhq_u32(vshlq_n_u32(n, 1), vdupq_n_u32(d.reciprocal));

    return vsubq_s32(veorq_s32(vreinterpretq_s32_u32(quotient), sign), sign);
}

/** At least min and at most max. */
static inline int32x4_t ecgp_helium_clamp(int32x4_t value, int32_t min, int32_t max)
{
    return vminq_s32(vmaxq_s32(value, vdupq_n_s32(min)), vdupq_n_s32(max));
}

#endif

#endif /* ECGP_HELIUM_FACTOR_H */
