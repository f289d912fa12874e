/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_rows.h
 * @brief ADD and SUB: both operands are brought to one scale with extra bits, added, and rounded to the output's scale.
 *
 * The common scale is twice the larger input scale over ECGP_ADD_EXTRA. So the operand with the larger scale is halved,
 * which is exact: only the other one's factor rounds, twice as in TFLM, and so does the output's.
 *
 * Who includes this has defined ECGP_ADD_VALUE, the type; ECGP_ADD_EXTRA, 2 to the extra bits that TFLM gives operands
 * before it scales them; ECGP_ADD_MIN, the type's lowest value; ECGP_ADD_SATURATED, the function that clamps to it; and,
 * for Helium, ECGP_ADD_LOAD and ECGP_ADD_STORE, which load and store four values where a predicate says so.
 */
#ifndef ECGP_ADD_ROWS_H
#define ECGP_ADD_ROWS_H

#include <stdint.h>

#include "ecgp_add.h"
#include "ecgp_helium_factor.h"
#include "ecgp_operand.h"
#include "ecgp_requant.h"

/** What all elements have in common. */
typedef struct {
    int32_t exact_step;   /**< from an element of the operand that is halved to the next: 1, or 0 */
    int32_t exact_times;  /**< ECGP_ADD_EXTRA, or minus that */
    int32_t other_step;   /**< from an element of the other operand to the next: 1, or 0 */
    int32_t other_addend; /**< minus its zero point, scaled as its values are before they are rounded */
    int32_t other_times;  /**< 2, or -2 */
    ecgp_factor other;
#if ECGP_HELIUM
    int32_t other_shift; /**< of this factor */
#endif
    int32_t offset; /**< the halved operand's zero point, scaled as the other operand is when it has been rounded */
    ecgp_factor sum;
    int32_t sum_shift; /**< of this factor */
    int32_t zero_point;
    int32_t min;
    int32_t max;
} ecgp_adding;

#if ECGP_HELIUM

/** The next four values of an operand, or four times the same one. */
static inline int32x4_t ecgp_add_load(const ECGP_ADD_VALUE *from, int32_t step, mve_pred16_t valid)
{
    return step == 0 ? vdupq_n_s32(*from) : ECGP_ADD_LOAD(from, valid);
}

/** One row, four elements at a time; plain as below. Nothing is doubled here. */
static inline void ecgp_add_row(const ecgp_adding *s, const ECGP_ADD_VALUE *exact, const ECGP_ADD_VALUE *other,
                                ECGP_ADD_VALUE *output, int32_t count, int plain)
{
    const ecgp_adding t = *s; /* in registers, which a store does not change */
    const int32_t exact_step = plain ? 1 : t.exact_step;
    const int32_t other_step = plain ? 1 : t.other_step;

    for (int32_t left = count; left > 0; left -= 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)left);
        const int32x4_t x = vmulq_n_s32(ecgp_add_load(other, other_step, valid), ECGP_ADD_EXTRA);
        const int32x4_t scaled =
            ecgp_helium_scaled(vaddq_n_s32(x, t.other_addend / 2), t.other.multiplier, t.other_shift);
        const int32x4_t addend = vmulq_n_s32(vaddq_n_s32(scaled, t.offset), t.other_times / 2);
        const int32x4_t sum = vmlaq_n_s32(addend, ecgp_add_load(exact, exact_step, valid), t.exact_times / 2);
        const int32x4_t value = ecgp_helium_scaled_down(sum, t.sum.multiplier, t.sum_shift);

        ECGP_ADD_STORE(output, ecgp_helium_clamp(vaddq_n_s32(value, t.zero_point), t.min, t.max), valid);
        exact += 4 * exact_step;
        other += 4 * other_step;
        output += 4;
    }
}

#else

/** One row. plain: both operands advance, outputs have their type's range, sum_shift is not 0; known at compile time. */
static inline void ecgp_add_row(const ecgp_adding *s, const ECGP_ADD_VALUE *exact, const ECGP_ADD_VALUE *other,
                           ECGP_ADD_VALUE *output, int32_t count, int plain)
{
    for (const ECGP_ADD_VALUE *const end = output + count; output != end;) {
        const int32_t doubled = *other * (2 * ECGP_ADD_EXTRA) + s->other_addend;
        const int32_t scaled = ecgp_factored(&s->other, doubled, s->offset);
        const int32_t doubled_sum = *exact * s->exact_times + scaled * s->other_times;
        const int32_t value = plain || s->sum_shift != 0
                                  ? ecgp_factored(&s->sum, doubled_sum, s->zero_point)
                                  : ecgp_smmulr(doubled_sum, s->sum.multiplier) + s->zero_point;

        *output++ = (ECGP_ADD_VALUE)(plain ? ECGP_ADD_SATURATED(value) : ecgp_clamp(value, s->min, s->max));
        exact += plain ? 1 : s->exact_step;
        other += plain ? 1 : s->other_step;
    }
}

#endif

static void ecgp_add_rows(const ecgp_add_params *p, const ECGP_ADD_VALUE *a, const ECGP_ADD_VALUE *b, ECGP_ADD_VALUE *output)
{
    const ecgp_broadcast *const loops = &p->loops;
    const int swapped = p->a_shift != 0; /* then b is halved */
    const int32_t exact_sign = swapped ? p->b_sign : p->a_sign;
    const int32_t exact_zero = swapped ? p->b_zero_point : p->a_zero_point;
    const int32_t other_zero = swapped ? p->a_zero_point : p->b_zero_point;
    const int32_t other_shift = swapped ? p->a_shift : p->b_shift;
    const int32_t other_sign = (swapped ? p->a_sign : p->b_sign) * ecgp_operand_sign(other_shift);
    ecgp_adding s;

    s.exact_step = swapped ? loops->b_inner : loops->a_inner;
    s.exact_times = exact_sign * ECGP_ADD_EXTRA;
    s.other_step = swapped ? loops->a_inner : loops->b_inner;
    s.other_addend = -other_zero * (2 * ECGP_ADD_EXTRA);
    s.other_times = 2 * other_sign;
    s.other = ecgp_operand_factor(swapped ? p->a_multiplier : p->b_multiplier, other_shift);
#if ECGP_HELIUM
    s.other_shift = other_shift == 0 ? -1 : other_shift;
#endif
    s.offset = -exact_zero * exact_sign * other_sign * (ECGP_ADD_EXTRA / 2);
    s.sum = ecgp_factor_of(p->output_multiplier, p->output_shift == 0 ? -1 : p->output_shift);
    s.sum_shift = p->output_shift;
    s.zero_point = p->output_zero_point;
    s.min = p->min;
    s.max = p->max;

    const int whole = s.min == ECGP_ADD_MIN && s.max == -1 - ECGP_ADD_MIN;
    const int plain = whole && s.sum_shift != 0 && s.exact_step + s.other_step == 2;

    ECGP_ASSERT(s.min >= ECGP_ADD_MIN && s.min <= s.max && s.max <= -1 - ECGP_ADD_MIN);
    ECGP_ASSERT((p->a_shift == 0 && p->a_multiplier == (1 << 30)) || (p->b_shift == 0 && p->b_multiplier == (1 << 30)));
    ECGP_ASSERT((p->a_sign == 1 || p->a_sign == -1) && (p->b_sign == 1 || p->b_sign == -1));
    for (int32_t o = 0; o < loops->outer; o++) {
        for (int32_t m = 0; m < loops->middle; m++) {
            const ECGP_ADD_VALUE *const row_a = a + o * loops->a_outer + m * loops->a_middle;
            const ECGP_ADD_VALUE *const row_b = b + o * loops->b_outer + m * loops->b_middle;
            const ECGP_ADD_VALUE *const exact = swapped ? row_b : row_a;
            const ECGP_ADD_VALUE *const other = swapped ? row_a : row_b;

            if (plain) {
                ecgp_add_row(&s, exact, other, output, loops->inner, 1);
            } else {
                ecgp_add_row(&s, exact, other, output, loops->inner, 0);
            }
            output += loops->inner;
        }
    }
}

#endif /* ECGP_ADD_ROWS_H */
