/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add.c
 * @brief Both addends are brought to one scale with 20 extra bits, added, and rounded to the output's scale.
 *
 * The common scale is twice the larger input scale over 2^20: a difference of 255 takes 28 bits, and the halves
 * of two such addends cannot overflow. Each of the three factors rounds twice, as in TFLM.
 */
#include "ecgp_add.h"

#include "ecgp_add_sum.h"
#include "ecgp_compiler.h"

#define EXTRA_BITS (1 << 20)

void ecgp_add_s8(const ecgp_add_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    ECGP_ASSERT(p->min >= -128 && p->min <= p->max && p->max <= 127);
    ECGP_ASSERT(p->a_shift <= 0 && p->b_shift <= 0 && p->output_shift <= 0);
    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int8_t *next_a = a + o * p->loops.a_outer + m * p->loops.a_middle;
            const int8_t *next_b = b + o * p->loops.b_outer + m * p->loops.b_middle;

            for (int32_t i = 0; i < p->loops.inner; i++) {
                *output++ = (int8_t)ecgp_add_sum(p, *next_a, *next_b, EXTRA_BITS);
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
