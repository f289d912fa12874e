/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_prelu.c
 * @brief Both sides of 0 are requantized with two roundings, each by a factor of its own, as in TFLM.
 */
#include "ecgp_prelu.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

void ecgp_prelu_s8(const ecgp_prelu_params *p, const int8_t *input, const int8_t *alpha, int8_t *output)
{
    const ecgp_prelu_params q = *p; /* in registers, which a store through int8_t * does not change */

    ECGP_ASSERT(q.shift <= 22 && q.alpha_shift <= 15); /* a difference has 8 bits, a product of two has 16 */
    for (int32_t o = 0; o < q.loops.outer; o++) {
        for (int32_t m = 0; m < q.loops.middle; m++) {
            const int8_t *x = input + o * q.loops.a_outer + m * q.loops.a_middle;
            const int8_t *next = alpha + o * q.loops.b_outer + m * q.loops.b_middle;

            for (const int8_t *const end = output + q.loops.inner; output != end;) {
                const int32_t value = *x - q.input_zero_point;
                const int32_t scaled =
                    value >= 0 ? ecgp_multiply(value, q.multiplier, q.shift)
                               : ecgp_multiply(value * (*next - q.alpha_zero_point), q.alpha_multiplier, q.alpha_shift);

                *output++ = (int8_t)ecgp_clamp(scaled + q.output_zero_point, -128, 127);
                x += q.loops.a_inner;
                next += q.loops.b_inner;
            }
        }
    }
}

void ecgp_prelu_constant_s8(const ecgp_prelu_constant_params *p, const int8_t *input, int8_t *output)
{
    ecgp_prelu_s8(&p->prelu, input, p->constant, output);
}
