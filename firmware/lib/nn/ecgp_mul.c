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
#include "ecgp_helium_factor.h"
#include "ecgp_rescale.h"

#if ECGP_HELIUM

/** What the products of a call have in common. */
typedef struct {
    int32_t many_zero;
    int32_t other_zero;
    int32_t multiplier;
    int32_t shift;
    int32_t zero;
    int32_t min;
    int32_t max;
} factors;

/** Four products, any: whether the shift may be -1 or more; known at compile time. */
static inline int32x4_t four(const factors *f, int32x4_t many, int32x4_t other, int any)
{
    const int32x4_t product = vmulq_s32(vsubq_n_s32(many, f->many_zero), other);
    const int32x4_t scaled = any ? ecgp_helium_scaled_any(product, f->multiplier, f->shift)
                                 : ecgp_helium_scaled(product, f->multiplier, f->shift);

    return ecgp_helium_clamp(vaddq_n_s32(scaled, f->zero), f->min, f->max);
}

/** One row of the output. step: 4, or 0 where `other` is one byte for all. */
static inline void multiply_fours(const factors *f, const int8_t *many, const int8_t *other, int32_t step, int32_t count,
                                  int8_t *output, int any)
{
    int32x4_t b = vdupq_n_s32(*other - f->other_zero);

    for (int32_t fours = count >> 2; fours > 0; fours--) {
        b = step == 0 ? b : vsubq_n_s32(vldrbq_s32(other), f->other_zero);
        vstrbq_s32(output, four(f, vldrbq_s32(many), b, any));
        many += 4;
        other += step;
        output += 4;
    }
    if ((count & 3) != 0) {
        const mve_pred16_t valid = vctp32q((uint32_t)count & 3u);

        b = step == 0 ? b : vsubq_n_s32(vldrbq_z_s32(other, valid), f->other_zero);
        vstrbq_p_s32(output, four(f, vldrbq_z_s32(many, valid), b, any), valid);
    }
}

/** multiply_fours() of int16. */
static inline void multiply_fours_s16(const factors *f, const int16_t *many, const int16_t *other, int32_t step,
                                      int32_t count, int16_t *output, int any)
{
    int32x4_t b = vdupq_n_s32(*other);

    for (int32_t fours = count >> 2; fours > 0; fours--) {
        b = step == 0 ? b : vldrhq_s32(other);
        vstrhq_s32(output, four(f, vldrhq_s32(many), b, any));
        many += 4;
        other += step;
        output += 4;
    }
    if ((count & 3) != 0) {
        const mve_pred16_t valid = vctp32q((uint32_t)count & 3u);

        b = step == 0 ? b : vldrhq_z_s32(other, valid);
        vstrhq_p_s32(output, four(f, vldrhq_z_s32(many, valid), b, any), valid);
    }
}

/** One row of the output. */
static void multiply_s16(const ecgp_mul_s16_params *p, const int16_t *a, const int16_t *b, int16_t *output)
{
    const int swapped = p->loops.a_inner == 0;
    const int32_t step = swapped ? 0 : 4 * p->loops.b_inner;
    const factors f = {0, 0, p->multiplier, p->shift, 0, p->min, p->max};

    if (p->shift < 0) {
        multiply_fours_s16(&f, swapped ? b : a, swapped ? a : b, step, p->loops.inner, output, 0);
    } else {
        multiply_fours_s16(&f, swapped ? b : a, swapped ? a : b, step, p->loops.inner, output, 1);
    }
}

/** One row of the output, each inner loop by itself. */
static void multiply(const ecgp_mul_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    const int swapped = p->loops.a_inner == 0; /* so that one factor is known to advance */
    const int8_t *const many = swapped ? b : a;
    const int8_t *const other = swapped ? a : b;
    const ecgp_requant *const r = &p->requant;
    const factors f = {swapped ? p->b_zero_point : p->a_zero_point, swapped ? p->a_zero_point : p->b_zero_point,
                       r->multiplier[0], r->shift[0], r->zero_point, r->min, r->max};
    const int32_t count = p->loops.inner;

    if (p->loop == ECGP_MUL_ANY) {
        multiply_fours(&f, many, other, swapped ? 0 : 4 * p->loops.b_inner, count, output, 1);
    } else if (swapped || p->loops.b_inner == 0) {
        multiply_fours(&f, many, other, 0, count, output, 0);
    } else {
        multiply_fours(&f, many, other, 4, count, output, 0);
    }
}

#else

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

/** One row of the output. */
static void multiply(const ecgp_mul_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    if (p->loop == ECGP_MUL_FULL) {
        multiply_row(p, a, b, output, 1);
    } else if (p->loop == ECGP_MUL_CLAMP) {
        multiply_row(p, a, b, output, 0);
    } else {
        multiply_row_any(p, a, b, output);
    }
}

/** One row of the output. */
static void multiply_s16(const ecgp_mul_s16_params *p, const int16_t *a, const int16_t *b, int16_t *output)
{
    for (int32_t i = 0; i < p->loops.inner; i++) {
        const int32_t scaled = ecgp_multiply(*a * *b, p->multiplier, p->shift);

        *output++ = (int16_t)ecgp_clamp(scaled, p->min, p->max);
        a += p->loops.a_inner;
        b += p->loops.b_inner;
    }
}

#endif

void ecgp_mul_s8(const ecgp_mul_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, 1, -22, p->loop == ECGP_MUL_ANY ? 15 : -2));
    ECGP_ASSERT(p->loop != ECGP_MUL_FULL || (p->requant.min == -128 && p->requant.max == 127));
    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int8_t *row_a = a + o * p->loops.a_outer + m * p->loops.a_middle;
            const int8_t *row_b = b + o * p->loops.b_outer + m * p->loops.b_middle;

            multiply(p, row_a, row_b, output);
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
            multiply_s16(p, a + o * p->loops.a_outer + m * p->loops.a_middle,
                         b + o * p->loops.b_outer + m * p->loops.b_middle, output);
            output += p->loops.inner;
        }
    }
}

void ecgp_mul_constant_s16(const ecgp_mul_constant_s16_params *p, const int16_t *a, int16_t *output)
{
    ecgp_mul_s16(&p->mul, a, p->constant, output);
}
