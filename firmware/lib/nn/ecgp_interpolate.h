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

#ifdef __cplusplus
}
#endif

#endif /* ECGP_INTERPOLATE_H */
