/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_interpolate.h
 * @brief Sigmoid and tanh of one value, interpolated in TFLM's table as its int16 kernels do.
 *
 * The table has 256 values: 1 / (1 + exp(-i / 24)) in Q0.16. Magnitudes beyond it give 1; that of a negative is 1 less that.
 */
#ifndef ECGP_INTERPOLATE_H
#define ECGP_INTERPOLATE_H

#include <stdint.h>

#include "ecgp_compiler.h"

#if ECGP_HELIUM
#include <arm_mve.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** The table's value between two entries, with `bits` bits more than the table has; `one` from 255 entries on. */
static inline int32_t ecgp_interpolated(const uint16_t *table, int32_t magnitude, int32_t bits, int32_t one)
{
    const int32_t entry = magnitude >> bits;

    if (entry >= 255) {
        return one;
    }
    return table[entry] * (1 << bits) + (magnitude & ((1 << bits) - 1)) * (table[entry + 1] - table[entry]);
}

/** 1 / (1 + exp(-x)) in Q0.15 of x in steps of 1/12288, more than -2^31. */
static inline int32_t ecgp_sigmoid(const uint16_t *table, int32_t x)
{
    const int32_t value = ecgp_interpolated(table, x < 0 ? -x : x, 9, 0x7fff << 10);

    return (x >= 0 ? value + (1 << 9) : (1 << 25) - value + (1 << 9) - 1) >> 10;
}

/** tanh(x), which is 2 / (1 + exp(-2 * x)) - 1, in Q0.15 of x in steps of 1/12288, more than -2^31. */
static inline int32_t ecgp_tanh(const uint16_t *table, int32_t x)
{
    const int32_t value = ecgp_interpolated(table, x < 0 ? -x : x, 8, 0xffff << 8) - (1 << 23);

    return (x >= 0 ? value + (1 << 7) : -value + (1 << 7) - 1) >> 8;
}

#if ECGP_HELIUM

/** ecgp_interpolated() of four magnitudes. */
static inline int32x4_t ecgp_interpolated_four(const uint16_t *table, int32x4_t magnitude, int32_t bits, int32_t one)
{
    const int32x4_t entry = vshlq_r_s32(magnitude, -bits);
    const uint32x4_t at = vreinterpretq_u32_s32(vminq_s32(entry, vdupq_n_s32(254)));
    const int32x4_t low = vreinterpretq_s32_u32(vldrhq_gather_shifted_offset_u32(table, at));
    const int32x4_t high = vreinterpretq_s32_u32(vldrhq_gather_shifted_offset_u32(table + 1, at));
    const int32x4_t part = vandq_s32(magnitude, vdupq_n_s32((1 << bits) - 1));
    const int32x4_t value = vaddq_s32(vshlq_r_s32(low, bits), vmulq_s32(part, vsubq_s32(high, low)));

    return vpselq_s32(vdupq_n_s32(one), value, vcmpgtq_n_s32(entry, 254));
}

/** value + half where sign is 0, -value - 1 + half where it is -1. */
static inline int32x4_t ecgp_signed_four(int32x4_t value, int32x4_t sign, int32_t half)
{
    return vaddq_n_s32(veorq_s32(value, sign), half); /* ~value is -value - 1 */
}

/** ecgp_sigmoid() of four values. */
static inline int32x4_t ecgp_sigmoid_four(const uint16_t *table, int32x4_t x)
{
    const int32x4_t sign = vshrq_n_s32(x, 31);
    const int32x4_t value = ecgp_interpolated_four(table, vabsq_s32(x), 9, 0x7fff << 10);
    const int32x4_t both = ecgp_signed_four(value, sign, 1 << 9);

    return vshrq_n_s32(vaddq_s32(both, vandq_s32(sign, vdupq_n_s32(1 << 25))), 10);
}

/** ecgp_tanh() of four values. */
static inline int32x4_t ecgp_tanh_four(const uint16_t *table, int32x4_t x)
{
    const int32x4_t sign = vshrq_n_s32(x, 31);
    const int32x4_t value = ecgp_interpolated_four(table, vabsq_s32(x), 8, 0xffff << 8);

    return vshrq_n_s32(ecgp_signed_four(vsubq_n_s32(value, 1 << 23), sign, 1 << 7), 8);
}

#endif

#ifdef __cplusplus
}
#endif

#endif /* ECGP_INTERPOLATE_H */
