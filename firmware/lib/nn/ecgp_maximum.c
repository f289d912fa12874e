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

/** One row; `other` advances with `many`, or is one byte for all. broadcast, larger: known at compile time. */
static inline void compare_row(const int8_t *many, const int8_t *other, int32_t count, int8_t *output, int broadcast,
                               int larger)
{
    const int8_t *const end = output + count;
#if ECGP_HELIUM
    int8x16_t b = vdupq_n_s8(*other);

    for (int32_t vectors = count / 16; vectors > 0; vectors--) {
        const int8x16_t a = vldrbq_s8(many);

        b = broadcast ? b : vldrbq_s8(other);
        vstrbq_s8(output, larger ? vmaxq_s8(a, b) : vminq_s8(a, b));
        many += 16;
        other += broadcast ? 0 : 16;
        output += 16;
    }
    if (output != end) {
        const mve_pred16_t valid = vctp8q((uint32_t)(end - output));
        const int8x16_t a = vldrbq_z_s8(many, valid);

        b = broadcast ? b : vldrbq_z_s8(other, valid);
        vstrbq_p_s8(output, larger ? vmaxq_s8(a, b) : vminq_s8(a, b), valid);
    }
#else
#if ECGP_DSP
    const uint32_t four = (uint8_t)*other * UINT32_C(0x01010101);

    for (const int8_t *const last = output + (count & -4); output != last; output += 4) {
        const uint32_t b = broadcast ? four : ecgp_load4(other);

        ecgp_store4(output, larger ? ecgp_max4(ecgp_load4(many), b) : ecgp_min4(ecgp_load4(many), b));
        many += 4;
        other += broadcast ? 0 : 4;
    }
#endif
    while (output != end) {
        const int32_t a = *many++;
        const int32_t b = *other;

        *output++ = (int8_t)((larger ? a > b : a < b) ? a : b);
        other += broadcast ? 0 : 1;
    }
#endif
}

/** The choice of the loop stands outside of it: none has a branch but its own. */
static void compare(const ecgp_maximum_params *p, const int8_t *a, const int8_t *b, int8_t *output, int larger)
{
    const int32_t count = p->loops.inner;
    const int swapped = p->loops.a_inner == 0;

    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int8_t *row_a = a + o * p->loops.a_outer + m * p->loops.a_middle;
            const int8_t *row_b = b + o * p->loops.b_outer + m * p->loops.b_middle;
            const int8_t *many = swapped ? row_b : row_a;
            const int8_t *other = swapped ? row_a : row_b;

            if (swapped || p->loops.b_inner == 0) {
                if (larger != 0) {
                    compare_row(many, other, count, output, 1, 1);
                } else {
                    compare_row(many, other, count, output, 1, 0);
                }
            } else if (larger != 0) {
                compare_row(many, other, count, output, 0, 1);
            } else {
                compare_row(many, other, count, output, 0, 0);
            }
            output += count;
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
