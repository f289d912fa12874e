/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_l2_normalization.c
 * @brief One inverse square root for each row, by TFLM's five steps of Newton-Raphson, whose last bits reach the output.
 */
#include "ecgp_l2_normalization.h"

#include "ecgp_compiler.h"
#include "ecgp_fixedpoint.h"
#include "ecgp_requant.h"

#define OUTPUT_BITS 7 /* fractional */

/** The multiplier of 1 / sqrt(sum), as tflite::GetInvSqrtQuantizedMultiplierExp() finds it; *shift belongs to it. */
static int32_t inverse_square_root(int32_t sum, int32_t *shift)
{
    int32_t right = 11;
    int32_t estimate = INT32_C(1) << 28; /* 1 in Q3.28 */

    *shift = 0;
    if (sum <= 1) {
        return INT32_MAX;
    }
    while (sum >= INT32_C(1) << 29) {
        sum /= 4;
        right++;
    }
    while (sum < INT32_C(1) << 27) {
        sum *= 4;
        right--;
    }

    const int32_t half = ecgp_rounding_shift_right(sum >> 1, 1);

    for (int step = 0; step < 5; step++) {
        const int32_t cube = ecgp_fixed_multiply(ecgp_fixed_multiply(estimate, estimate), estimate);
        const int32_t more = ecgp_fixed_multiply(INT32_C(3) << 27, estimate);
        const int32_t less = ecgp_fixed_multiply(half, ecgp_fixed_shift_left(cube, 6));

        estimate = ecgp_fixed_shift_left(more - less, 3);
    }
    estimate = ecgp_fixed_multiply(estimate, INT32_C(1518500250)); /* sqrt(2) / 2 */
    if (right < 0) {
        estimate *= INT32_C(1) << -right;
        right = 0;
    }
    *shift = -right;
    return estimate;
}

void ecgp_l2_normalization_s8(const ecgp_l2_normalization_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->depth >= 1 && p->depth <= 33025);
    for (int32_t row = 0; row < p->rows; row++) {
        int32_t sum = 0;
        int32_t shift = 0;

        for (int32_t i = 0; i < p->depth; i++) {
            const int32_t x = input[i] - p->zero_point;

            sum += x * x;
        }

        const int32_t multiplier = inverse_square_root(sum, &shift);

        for (int32_t i = 0; i < p->depth; i++) {
            const int32_t scaled = ecgp_multiply(input[i] - p->zero_point, multiplier, shift + OUTPUT_BITS);

            output[i] = (int8_t)ecgp_clamp(scaled, -128, 127);
        }
        input += p->depth;
        output += p->depth;
    }
}
