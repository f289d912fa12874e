/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add.c
 * @brief Both addends are brought to one scale with 20 extra bits, added, and rounded to the output's scale.
 *
 * The common scale is twice the larger input scale over 2^20: a difference of 255 takes 28 bits, and the halves
 * of two such addends cannot overflow. Each of the three factors rounds twice, as in TFLM.
 */
#include "ecgp_add.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

#define EXTRA_BITS (1 << 20)

static int8_t sum(const ecgp_add_params *p, int32_t a, int32_t b)
{
    const int32_t scaled_a = ecgp_multiply((a - p->a_zero_point) * EXTRA_BITS, p->a_multiplier, p->a_shift);
    const int32_t scaled_b = ecgp_multiply((b - p->b_zero_point) * EXTRA_BITS, p->b_multiplier, p->b_shift);
    const int32_t scaled = ecgp_multiply(scaled_a + scaled_b, p->output_multiplier, p->output_shift);

    return (int8_t)ecgp_clamp(scaled + p->output_zero_point, p->min, p->max);
}

void ecgp_add_s8(const ecgp_add_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    ECGP_ASSERT(p->min >= -128 && p->min <= p->max && p->max <= 127);
    ECGP_ASSERT(p->a_shift <= 0 && p->b_shift <= 0 && p->output_shift <= 0);
    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int8_t *next_a = a + o * p->loops.a_outer + m * p->loops.a_middle;
            const int8_t *next_b = b + o * p->loops.b_outer + m * p->loops.b_middle;

            for (int32_t i = 0; i < p->loops.inner; i++) {
                *output++ = sum(p, *next_a, *next_b);
                next_a += p->loops.a_inner;
                next_b += p->loops.b_inner;
            }
        }
    }
}

void ecgp_add_constant_s8(const ecgp_add_constant_params *p, const int8_t *a, int8_t *output)
{
    ecgp_add_s8(&p->add, a, p->constant, output);
}
