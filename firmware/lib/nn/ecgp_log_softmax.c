/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_log_softmax.c
 * @brief Exponentials from a table; the logarithm of their sum as TFLM computes it, because its last bits reach the output.
 */
#include "ecgp_log_softmax.h"

#include "ecgp_compiler.h"
#include "ecgp_fixedpoint.h"
#include "ecgp_requant.h"

#define LOG_2 INT32_C(1488522236) /* these in Q0.31 */
#define SQRT_HALF INT32_C(1518500250)
#define ROOT INT32_C(1805811301) /* the fourth root of 1/2 */
#define QUARTER (INT32_C(1) << 23) /* in Q6.25 */

static int32_t leading_zeros(uint32_t value)
{
    int32_t count = 0;

    while ((value & UINT32_C(0x80000000)) == 0u) {
        value <<= 1;
        count++;
    }
    return count;
}

/**
 * log(x) in Q5.26 for x >= 1 in Q12.19: x = 2^k * r, where r is near the fourth root of 1/2, and log(r) is a rational
 * function of its distance to that (log_x_for_x_greater_than_or_equal_to_1_impl in tensorflow/lite/kernels/internal).
 */
static int32_t logarithm(int32_t x)
{
    const int32_t zeros = leading_zeros((uint32_t)x);
    const int32_t headroom = leading_zeros((uint32_t)ecgp_fixed_multiply(x, SQRT_HALF)) - 1;
    const int32_t shifted = ecgp_fixed_multiply(ecgp_fixed_shift_left(x, zeros - 1), SQRT_HALF);
    const int32_t r_a = ecgp_fixed_shift_left(shifted, 1);
    const int32_t r_b = ecgp_fixed_shift_left(x, headroom);
    const int32_t k_a = ecgp_fixed_shift_left(12 - zeros, 25) + QUARTER;
    const int32_t k_b = ecgp_fixed_shift_left(12 - headroom, 25) - QUARTER;
    const int32_t r = r_a < r_b ? r_a : r_b;
    const int32_t k = k_a > k_b ? k_a : k_b;
    const int32_t p = (int32_t)(((int64_t)r + ROOT + 1) / 2);
    const int32_t q = 2 * (r - ROOT);
    const int32_t q2 = ecgp_fixed_multiply(q, q);
    const int32_t numerator =
        ecgp_fixed_multiply(q, r) + ecgp_fixed_multiply(ecgp_fixed_multiply(q, q2), INT32_C(117049297));
    const int32_t factor = INT32_C(1057819769) + q + ecgp_fixed_multiply(INT32_C(127690142), q2);
    const int32_t denominator = ecgp_fixed_multiply(p, factor) + ecgp_fixed_multiply(INT32_C(638450708), q);
    const int32_t quotient =
        ecgp_fixed_multiply(ecgp_rounding_shift_right(numerator, 6), ecgp_fixed_one_over_one_plus(denominator));

    return ecgp_fixed_shift_left(ecgp_fixed_multiply(k, LOG_2) + quotient, 1); /* Q6.25 to Q5.26 */
}

static void log_softmax_row(const ecgp_log_softmax_params *p, const int8_t *input, int8_t *output)
{
    const int32_t classes = p->classes;
    int32_t max = -128;
    int32_t sum = 0; /* Q12.19 */

    for (int32_t c = 0; c < classes; c++) {
        max = input[c] > max ? input[c] : max;
    }
    for (int32_t c = 0; c < classes; c++) {
        const int32_t difference = max - input[c];

        if (difference < p->exponential_count) {
            sum += ecgp_rounding_shift_right(p->exponentials[difference], 12);
        }
    }

    const int32_t log_sum = logarithm(sum); /* 0 and more: the maximum itself counts as 1 */
    const int32_t reach = ecgp_multiply(log_sum + INT32_MIN, p->divisor, p->divisor_shift);
    const int32_t lowest = reach > p->lowest ? reach : p->lowest;

    for (int32_t c = 0; c < classes; c++) {
        const int32_t difference = input[c] - max;
        int32_t value = -128;

        if (difference > lowest) {
            const int32_t scaled = ecgp_multiply(difference, p->multiplier, p->shift) - log_sum;

            value = ecgp_clamp(ecgp_rounding_shift_right(scaled, 22) + 127, -128, 127);
        }
        output[c] = (int8_t)value;
    }
}

void ecgp_log_softmax_s8(const ecgp_log_softmax_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->rows >= 1 && p->classes >= 1 && p->classes <= 4095 && p->exponential_count >= 1);
    for (int32_t row = 0; row < p->rows; row++) {
        log_softmax_row(p, input, output);
        input += p->classes;
        output += p->classes;
    }
}
