/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_prelu.c
 * @brief Both sides of 0 are requantized with two roundings, each by a factor of its own, as in TFLM.
 *
 * A factor of 2^14 and more saturates whatever is not 0, so that no more bits are shifted left, and twice the product of
 * two differences of bytes stays an int32. Otherwise see ecgp_operand.h; but the right shift may be 0 here.
 */
#include "ecgp_prelu.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

#define MOST_LEFT 14

/** The factor of one side. */
typedef struct {
    int32_t times; /**< 2, and the bits that are shifted left */
    int32_t multiplier;
    int32_t right;
    int32_t half; /**< half of 2^right, 0 for right = 0: nothing is rounded then */
    int32_t ties; /**< -1, 0 for right = 0 */
} side;

static side side_of(int32_t multiplier, int32_t shift)
{
    const int32_t left = shift < 0 ? 0 : shift < MOST_LEFT ? shift : MOST_LEFT;
    const int32_t right = shift < 0 ? -shift : 0;
    const side found = {2 * (1 << left), multiplier, right, right > 0 ? (int32_t)(1u << (right - 1)) : 0,
                        right > 0 ? -1 : 0};

    ECGP_ASSERT(multiplier >= 0 && right <= 31);
    return found;
}

void ecgp_prelu_s8(const ecgp_prelu_params *p, const int8_t *input, const int8_t *alpha, int8_t *output)
{
    const side above = side_of(p->multiplier, p->shift);
    const side below = side_of(p->alpha_multiplier, p->alpha_shift);
    const int32_t input_zero = p->input_zero_point;
    const int32_t alpha_zero = p->alpha_zero_point;
    const int32_t output_zero = p->output_zero_point;
    const int32_t x_step = p->loops.a_inner;
    const int32_t alpha_step = p->loops.b_inner;

    for (int32_t o = 0; o < p->loops.outer; o++) {
        for (int32_t m = 0; m < p->loops.middle; m++) {
            const int8_t *x = input + o * p->loops.a_outer + m * p->loops.a_middle;
            const int8_t *next = alpha + o * p->loops.b_outer + m * p->loops.b_middle;

            for (const int8_t *const end = output + p->loops.inner; output != end;) {
                const int32_t value = *x - input_zero;
                int32_t scaled;

                if (value >= 0) {
                    scaled = (ecgp_smmulr(value * above.times, above.multiplier) + above.half) >> above.right;
                } else {
                    const int32_t doubled = value * (*next - alpha_zero) * below.times;
                    const int32_t product = ecgp_smmulr(doubled, below.multiplier);

                    scaled = (product + (below.ties & -(int32_t)((uint32_t)doubled >> 31)) + below.half) >> below.right;
                }
                *output++ = (int8_t)ecgp_ssat8(scaled + output_zero);
                x += x_step;
                next += alpha_step;
            }
        }
    }
}

void ecgp_prelu_constant_s8(const ecgp_prelu_constant_params *p, const int8_t *input, int8_t *output)
{
    ecgp_prelu_s8(&p->prelu, input, p->constant, output);
}
