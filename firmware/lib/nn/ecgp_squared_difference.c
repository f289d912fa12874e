/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_squared_difference.c
 * @brief Both operands are brought to one scale with 7 extra bits; the square of their difference to the output's scale.
 *
 * The common scale is twice the larger input scale over 2^7: halves of 255 * 2^7 differ by less than 2^15, so the square is
 * an int32. Each of the three factors rounds twice, as in TFLM.
 */
#include "ecgp_squared_difference.h"

#include "ecgp_compiler.h"
#include "ecgp_operand.h"
#include "ecgp_requant.h"

/** 2^7, and 2 that ecgp_operand_scaled() asks for. */
#define EXTRA (1 << 8)

void ecgp_squared_difference_s8(const ecgp_squared_difference_params *p, const int8_t *a, const int8_t *b,
                                int8_t *output)
{
    const ecgp_operand factor_a = ecgp_operand_of(p->a_multiplier, p->a_shift);
    const ecgp_operand factor_b = ecgp_operand_of(p->b_multiplier, p->b_shift);
    const int32_t zero_a = p->a_zero_point * EXTRA;
    const int32_t zero_b = p->b_zero_point * EXTRA;
    const int32_t zero = p->output_zero_point;
    const int32_t multiplier = p->output_multiplier;
    const int32_t shift = p->output_shift;
    const int32_t step_a = p->loops.a_inner;
    const int32_t step_b = p->loops.b_inner;

    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int8_t *next_a = a + o * p->loops.a_outer + m * p->loops.a_middle;
            const int8_t *next_b = b + o * p->loops.b_outer + m * p->loops.b_middle;

            for (const int8_t *const end = output + p->loops.inner; output != end;) {
                const int32_t scaled_a = ecgp_operand_scaled(&factor_a, *next_a * EXTRA - zero_a);
                const int32_t scaled_b = ecgp_operand_scaled(&factor_b, *next_b * EXTRA - zero_b);
                const int32_t difference = scaled_a - scaled_b;
                const int32_t scaled = ecgp_multiply(difference * difference, multiplier, shift);

                *output++ = (int8_t)ecgp_clamp(scaled + zero, -128, 127);
                next_a += step_a;
                next_b += step_b;
            }
        }
    }
}

void ecgp_squared_difference_constant_s8(const ecgp_squared_difference_constant_params *p, const int8_t *a,
                                         int8_t *output)
{
    ecgp_squared_difference_s8(&p->squared_difference, a, p->constant, output);
}
