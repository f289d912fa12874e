/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_maximum.c
 * @brief Both operands are compared byte by byte, four or sixteen at a time where the core can.
 */
#include "ecgp_maximum.h"

#include "ecgp_compiler.h"

#if ECGP_HELIUM
#include <arm_mve.h>
#endif

/** One row: `many` advances, `other` by `step` (0: it is one byte). larger: known at compile time. */
static inline void compare_row(const int8_t *many, const int8_t *other, int32_t step, int32_t count, int8_t *output,
                               int larger)
{
#if ECGP_HELIUM
    int8x16_t b = vdupq_n_s8(*other);

    for (; count > 0; count -= 16) {
        const mve_pred16_t valid = vctp8q((uint32_t)count);
        const int8x16_t a = vldrbq_z_s8(many, valid);

        b = step != 0 ? vldrbq_z_s8(other, valid) : b;
        vstrbq_p_s8(output, larger ? vmaxq_s8(a, b) : vminq_s8(a, b), valid);
        many += 16;
        other += 16;
        output += 16;
    }
#else
#if ECGP_DSP
    const uint32_t four = (uint8_t)*other * UINT32_C(0x01010101);

    for (; count >= 4; count -= 4) {
        const uint32_t b = step != 0 ? ecgp_load4(other) : four;

        ecgp_store4(output, larger ? ecgp_max4(ecgp_load4(many), b) : ecgp_min4(ecgp_load4(many), b));
        many += 4;
        other += 4 * step;
        output += 4;
    }
#endif
    for (; count > 0; count--) {
        const int32_t a = *many++;
        const int32_t b = *other;

        *output++ = (int8_t)((larger ? a > b : a < b) ? a : b);
        other += step;
    }
#endif
}

static inline void compare(const ecgp_maximum_params *p, const int8_t *a, const int8_t *b, int8_t *output, int larger)
{
    ECGP_ASSERT(p->loops.a_inner == 1 || p->loops.b_inner == 1 || p->loops.inner == 1);
    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int8_t *row_a = a + o * p->loops.a_outer + m * p->loops.a_middle;
            const int8_t *row_b = b + o * p->loops.b_outer + m * p->loops.b_middle;

            if (p->loops.a_inner == 0) {
                compare_row(row_b, row_a, 0, p->loops.inner, output, larger);
            } else {
                compare_row(row_a, row_b, p->loops.b_inner, p->loops.inner, output, larger);
            }
            output += p->loops.inner;
        }
    }
}

void ecgp_maximum_s8(const ecgp_maximum_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    compare(p, a, b, output, 1);
}

void ecgp_maximum_constant_s8(const ecgp_maximum_constant_params *p, const int8_t *a, int8_t *output)
{
    compare(&p->maximum, a, p->constant, output, 1);
}

void ecgp_minimum_s8(const ecgp_maximum_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    compare(p, a, b, output, 0);
}

void ecgp_minimum_constant_s8(const ecgp_maximum_constant_params *p, const int8_t *a, int8_t *output)
{
    compare(&p->maximum, a, p->constant, output, 0);
}
