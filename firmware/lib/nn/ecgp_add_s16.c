/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_s16.c
 * @brief As ecgp_add.c says, but with 15 extra bits: 31 with those of an int16.
 */
#include "ecgp_add_s16.h"

#include "ecgp_add_sum.h"
#include "ecgp_compiler.h"

#define EXTRA_BITS (1 << 15)

void ecgp_add_s16(const ecgp_add_params *p, const int16_t *a, const int16_t *b, int16_t *output)
{
    ECGP_ASSERT(p->min >= -32768 && p->min <= p->max && p->max <= 32767);
    ECGP_ASSERT(p->a_zero_point == 0 && p->b_zero_point == 0 && p->output_zero_point == 0);
    ECGP_ASSERT(p->a_shift <= 0 && p->b_shift <= 0 && p->output_shift <= 0);
    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int16_t *next_a = a + o * p->loops.a_outer + m * p->loops.a_middle;
            const int16_t *next_b = b + o * p->loops.b_outer + m * p->loops.b_middle;

            for (int32_t i = 0; i < p->loops.inner; i++) {
                *output++ = (int16_t)ecgp_add_sum(p, *next_a, *next_b, EXTRA_BITS);
                next_a += p->loops.a_inner;
                next_b += p->loops.b_inner;
            }
        }
    }
}

void ecgp_add_constant_s16(const ecgp_add_constant_s16_params *p, const int16_t *a, int16_t *output)
{
    ecgp_add_s16(&p->add, a, p->constant, output);
}
