/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_softmax_row.h
 * @brief Softmax of one row of int8: exponentials from a table, the reciprocal of their sum by Newton-Raphson.
 *
 * An input byte has at most 256 differences to its row's maximum, so the generator tabulates TFLM's fixed-point
 * exp() for all of them, unless flash is scarce: then it is computed here, step for step as gemmlowp does it
 * (exp_on_negative_values). The reciprocal depends on the row and is always computed as TFLM does
 * (one_over_one_plus_x_for_x_in_0_1), because its last bits reach the output.
 *
 * The output has ECGP_SOFTMAX_BITS, 8 or 16, and the type ECGP_SOFTMAX_OUTPUT: int8 unless they are defined before.
 * With ECGP_SOFTMAX_MANY the sum of int8's exponentials may be 512 and more, where TFLM aborts.
 */
#ifndef ECGP_SOFTMAX_ROW_H
#define ECGP_SOFTMAX_ROW_H

#include <stddef.h>
#include <stdint.h>

#ifndef ECGP_SOFTMAX_BITS
#define ECGP_SOFTMAX_BITS 8
#define ECGP_SOFTMAX_OUTPUT int8_t
#endif
#ifndef ECGP_SOFTMAX_MANY
#define ECGP_SOFTMAX_MANY 0
#endif

#include "ecgp_fixedpoint.h"
#include "ecgp_requant.h"

/**
 * exp(x) in Q0.31, where x = -difference * multiplier * 2^(shift - 31) in Q5.26: Taylor's polynomial between -1/4 and
 * 0, then a factor for each bit of the rest.
 */
static int32_t ecgp_softmax_exponential(int32_t multiplier, int32_t shift, int32_t difference)
{
    static const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t eighth = 1895147668; /* exp(-1/8) */
    const int32_t third = 715827883;
    const int32_t x = ecgp_fixed_multiply(-difference * (1 << shift), multiplier);
    const int32_t reduced = (x & ((1 << 24) - 1)) - (1 << 24);
    const int32_t a = reduced * 32 + (1 << 28);
    const int32_t a2 = ecgp_fixed_multiply(a, a);
    const int32_t a3 = ecgp_fixed_multiply(a2, a);
    const int32_t a4 = ecgp_rounding_shift_right(ecgp_fixed_multiply(a2, a2), 2);
    const int32_t higher = ecgp_rounding_shift_right(ecgp_fixed_multiply(a4 + a3, third) + a2, 1);
    int32_t value = eighth + ecgp_fixed_multiply(eighth, a + higher);
    uint32_t rest = (uint32_t)(reduced - x) >> 24;

    if (x == 0) {
        return INT32_MAX;
    }
    for (const int32_t *factor = factors; rest != 0u; factor++) {
        if ((rest & 1u) != 0u) {
            value = ecgp_fixed_multiply(value, *factor);
        }
        rest >>= 1;
    }
    return value;
}

/** What a difference of input bytes counts: from the table where there is one. */
static inline int32_t ecgp_softmax_weight(const int32_t *table, int32_t multiplier, int32_t shift, int32_t difference)
{
    return table != NULL ? table[difference] : ecgp_softmax_exponential(multiplier, shift, difference);
}

/** One row; differences of `count` and more count as 0. Who includes this says how many bits the output has. */
static inline void ecgp_softmax_row(const int32_t *table, int32_t factor, int32_t shift, int32_t count, int32_t classes,
                                    const int8_t *input, ECGP_SOFTMAX_OUTPUT *output)
{
    int32_t max = -128;
    int32_t sum = 0; /* Q12.19, less than 2^28 of at most 511 ones, else less than 2^31 */
    int32_t leading_zeros = 0;
    const int32_t half = INT32_C(1) << (ECGP_SOFTMAX_BITS - 1);

    for (int32_t c = 0; c < classes; c++) {
        max = input[c] > max ? input[c] : max;
    }
    for (int32_t c = 0; c < classes; c++) {
        const int32_t difference = max - input[c];

        if (difference < count) {
            sum += ecgp_rounding_shift_right(ecgp_softmax_weight(table, factor, shift, difference), 12);
        }
    }

    /* The sum, shifted to the top, is 2^31 * (1 + x). The maximum itself counts as 1, so the sum is never 0. */
    uint32_t mantissa = (uint32_t)sum;

    while ((mantissa & UINT32_C(0x80000000)) == 0u) {
        mantissa <<= 1;
        leading_zeros++;
    }

    const int32_t scale = ecgp_fixed_one_over_one_plus((int32_t)(mantissa - UINT32_C(0x80000000)));
    /* Undo that shift, and from Q0.31 to 2^bits steps. */
    const int32_t exponent = (12 - leading_zeros) + (31 - ECGP_SOFTMAX_BITS);
    /* Of a sum of 512 and more no probability is more than half a step. */
    const int32_t reaching = ECGP_SOFTMAX_MANY != 0 && exponent > 31 ? 0 : count;

    for (int32_t c = 0; c < classes; c++) {
        const int32_t difference = max - input[c];
        int32_t probability = 0;

        if (difference < reaching) {
            probability = ecgp_fixed_multiply(scale, ecgp_softmax_weight(table, factor, shift, difference));
            probability = ecgp_rounding_shift_right(probability, exponent);
        }
        output[c] = (ECGP_SOFTMAX_OUTPUT)ecgp_clamp(probability - half, -half, half - 1);
    }
}

#endif /* ECGP_SOFTMAX_ROW_H */
