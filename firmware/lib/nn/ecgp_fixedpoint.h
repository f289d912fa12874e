/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fixedpoint.h
 * @brief Fixed-point functions of gemmlowp, step for step, for the kernels whose last bits depend on them.
 *
 * Qm.n is an int32 with m integer and n = 31 - m fractional bits.
 */
#ifndef ECGP_FIXEDPOINT_H
#define ECGP_FIXEDPOINT_H

#include <stdint.h>

#define ECGP_Q2_ONE (INT32_C(1) << 29)
#define ECGP_Q2_48_OVER_17 INT32_C(1515870810)
#define ECGP_Q2_32_OVER_17 INT32_C(1010580540)

/** a * b in the format Q(m + n).x of the factors' Qm and Qn, rounded to nearest, ties up. */
static inline int32_t ecgp_fixed_multiply(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
}

/** value * 2^bits, saturated. bits: 0 to 30. */
static inline int32_t ecgp_fixed_shift_left(int32_t value, int32_t bits)
{
    const int32_t limit = (int32_t)((UINT32_C(1) << (31 - bits)) - 1u);

    if (value > limit) {
        return INT32_MAX;
    }
    return value < -limit ? INT32_MIN : value * (1 << bits);
}

/** 1 / (1 + x), both Q0.31, 0 <= x < 1: three steps of Newton-Raphson. */
static inline int32_t ecgp_fixed_one_over_one_plus(int32_t x)
{
    const int32_t half_denominator = (int32_t)(((uint32_t)x + UINT32_C(0x80000000)) >> 1);
    int32_t estimate = ECGP_Q2_48_OVER_17 + ecgp_fixed_multiply(half_denominator, -ECGP_Q2_32_OVER_17);

    for (int step = 0; step < 3; step++) {
        const int32_t error = ECGP_Q2_ONE - ecgp_fixed_multiply(half_denominator, estimate);

        estimate += ecgp_fixed_shift_left(ecgp_fixed_multiply(estimate, error), 2);
    }
    return ecgp_fixed_shift_left(estimate, 1); /* Q2.29 to Q0.31, halved */
}

#endif /* ECGP_FIXEDPOINT_H */
