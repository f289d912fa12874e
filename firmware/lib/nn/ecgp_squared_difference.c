/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_squared_difference.c
 * @brief Both operands are brought to one scale with 7 extra bits; the square of their difference to the output's scale.
 *
 * The common scale is twice the larger input scale over 2^7. So the operand with the larger scale is halved, which is
 * exact. Halves of 255 * 2^7 differ by less than 2^15, so twice the square is an int32. The other operand's factor and the
 * output's round twice, as in TFLM; a square has no ties below zero.
 */
#include "ecgp_squared_difference.h"

#include "ecgp_compiler.h"
#include "ecgp_operand.h"
#include "ecgp_requant.h"

#define EXTRA (1 << 7)

void ecgp_squared_difference_s8(const ecgp_squared_difference_params *p, const int8_t *a, const int8_t *b,
                                int8_t *output)
{
    const int swapped = p->a_shift != 0; /* then b is halved */
    const int32_t other_shift = swapped ? p->a_shift : p->b_shift;
    const ecgp_factor other_factor = ecgp_operand_factor(swapped ? p->a_multiplier : p->b_multiplier, other_shift);
    const int32_t other_addend = (swapped ? p->a_zero_point : p->b_zero_point) * (-2 * EXTRA);
    const int32_t times = -ecgp_operand_sign(other_shift) * (EXTRA / 2); /* the sign of the difference does not matter */
    const int32_t offset = (swapped ? p->b_zero_point : p->a_zero_point) * -times;
    const int32_t shift = p->output_shift;
    const ecgp_factor factor = ecgp_factor_of(p->output_multiplier, shift == 0 ? -1 : shift);
    const int32_t zero = p->output_zero_point;
    const int32_t exact_step = swapped ? p->loops.b_inner : p->loops.a_inner;
    const int32_t other_step = swapped ? p->loops.a_inner : p->loops.b_inner;

    ECGP_ASSERT(p->a_shift == 0 || p->b_shift == 0);
    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int8_t *const row_a = a + o * p->loops.a_outer + m * p->loops.a_middle;
            const int8_t *const row_b = b + o * p->loops.b_outer + m * p->loops.b_middle;
            const int8_t *exact = swapped ? row_b : row_a;
            const int8_t *other = swapped ? row_a : row_b;

            for (const int8_t *const end = output + p->loops.inner; output != end;) {
                const int32_t scaled = ecgp_factored(&other_factor, *other * (2 * EXTRA) + other_addend, offset);
                const int32_t difference = *exact * times + scaled;
                const int32_t product = ecgp_smmulr(2 * difference * difference, factor.multiplier);
                const int32_t value = shift != 0 ? ecgp_shifted(&factor, product, zero) : product + zero;

                *output++ = (int8_t)ecgp_ssat8(value);
                exact += exact_step;
                other += other_step;
            }
        }
    }
}

void ecgp_squared_difference_constant_s8(const ecgp_squared_difference_constant_params *p, const int8_t *a,
                                         int8_t *output)
{
    ecgp_squared_difference_s8(&p->squared_difference, a, p->constant, output);
}
