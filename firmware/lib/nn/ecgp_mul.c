/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_mul.c
 * @brief Both factors without their zero points are multiplied, and the product is requantized with two roundings.
 *
 * A product is at most 255 * 255, so ecgp_rescale.h is exact for shifts of -22 to -2. A product that is shifted right by
 * more than 22 bits becomes 0, as it does with 22, so the generator writes -22 then.
 */
#include "ecgp_mul.h"

#include "ecgp_compiler.h"
#include "ecgp_rescale.h"

/** One row of the output with the fast requantization. full: outputs are -128 to 127; known at compile time. */
static inline void multiply_row(const ecgp_mul_params *p, const int8_t *a, const int8_t *b, int8_t *output, int full)
{
    const int swapped = p->loops.a_inner == 0; /* so that one factor is known to advance */
    const int8_t *many = swapped ? b : a;
    const int8_t *other = swapped ? a : b;
    const int32_t many_zero = swapped ? p->b_zero_point : p->a_zero_point;
    const int32_t other_zero = swapped ? p->a_zero_point : p->b_zero_point;
    const int32_t other_inner = swapped ? 0 : p->loops.b_inner;
    const int8_t *const end = output + p->loops.inner;
    ecgp_rescale r = ecgp_rescale_of(&p->requant, 0, 0);

    ECGP_ASSERT(p->requant.shift[0] >= -22 && p->requant.shift[0] <= -2);
    r.doubled_bias = 0; /* as the bias says; known at compile time it costs nothing */
    while (output != end) {
        const int32_t scaled = ecgp_rescaled(&r, (*many++ - many_zero) * (*other - other_zero));

        *output++ = (int8_t)(full ? ecgp_ssat8(scaled) : ecgp_clamp(scaled, r.min, r.max));
        other += other_inner;
    }
}

/** One row of the output with any factor. */
static void multiply_row_any(const ecgp_mul_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    const ecgp_requant *r = &p->requant;

    ECGP_ASSERT(r->shift[0] >= -22 && r->shift[0] <= 15);
    for (int32_t i = 0; i < p->loops.inner; i++) {
        const int32_t product = (*a - p->a_zero_point) * (*b - p->b_zero_point);
        const int32_t scaled = ecgp_multiply(product, r->multiplier[0], r->shift[0]);

        output[i] = (int8_t)ecgp_clamp(scaled + r->zero_point, r->min, r->max);
        a += p->loops.a_inner;
        b += p->loops.b_inner;
    }
}

void ecgp_mul_s8(const ecgp_mul_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, 1, -22, p->loop == ECGP_MUL_ANY ? 15 : -2));
    ECGP_ASSERT(p->loop != ECGP_MUL_FULL || (p->requant.min == -128 && p->requant.max == 127));
    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int8_t *row_a = a + o * p->loops.a_outer + m * p->loops.a_middle;
            const int8_t *row_b = b + o * p->loops.b_outer + m * p->loops.b_middle;

            if (p->loop == ECGP_MUL_FULL) {
                multiply_row(p, row_a, row_b, output, 1);
            } else if (p->loop == ECGP_MUL_CLAMP) {
                multiply_row(p, row_a, row_b, output, 0);
            } else {
                multiply_row_any(p, row_a, row_b, output);
            }
            output += p->loops.inner;
        }
    }
}

void ecgp_mul_constant_s8(const ecgp_mul_constant_params *p, const int8_t *a, int8_t *output)
{
    ecgp_mul_s8(&p->mul, a, p->constant, output);
}

void ecgp_mul_s16(const ecgp_mul_s16_params *p, const int16_t *a, const int16_t *b, int16_t *output)
{
    ECGP_ASSERT(p->multiplier >= 0 && p->shift >= -31 && p->shift <= 30);
    ECGP_ASSERT(p->min >= -32768 && p->min <= p->max && p->max <= 32767);
    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int16_t *next_a = a + o * p->loops.a_outer + m * p->loops.a_middle;
            const int16_t *next_b = b + o * p->loops.b_outer + m * p->loops.b_middle;

            for (int32_t i = 0; i < p->loops.inner; i++) {
                const int32_t scaled = ecgp_multiply(*next_a * *next_b, p->multiplier, p->shift);

                *output++ = (int16_t)ecgp_clamp(scaled, p->min, p->max);
                next_a += p->loops.a_inner;
                next_b += p->loops.b_inner;
            }
        }
    }
}

void ecgp_mul_constant_s16(const ecgp_mul_constant_s16_params *p, const int16_t *a, int16_t *output)
{
    ecgp_mul_s16(&p->mul, a, p->constant, output);
}
