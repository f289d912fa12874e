/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_reduce.c
 * @brief A largest value needs no arithmetic: bytes side by side are compared four or sixteen at a time.
 */
#include "ecgp_reduce.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

#if ECGP_HELIUM
#include <arm_mve.h>
#endif

/** Of the inputs of one output, from `input` on. */
static int32_t max_one(const ecgp_reduce_loops *q, const int8_t *input)
{
    int32_t max = -128;

    for (int32_t f = 0; f < q->first; f++) {
        for (int32_t b = 0; b < q->second; b++) {
            const int8_t *x = input + f * q->first_step + b * q->second_step;

            for (int32_t n = q->third; n > 0; n--) {
                max = *x > max ? *x : max;
                x += q->third_step;
            }
        }
    }
    return max;
}

#if ECGP_HELIUM

/** Outputs side by side, all of them. */
static int32_t max_side_by_side(const ecgp_reduce_loops *q, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < q->inner; i += 16) {
        const mve_pred16_t valid = vctp8q((uint32_t)(q->inner - i));
        int8x16_t max = vdupq_n_s8(-128);

        for (int32_t f = 0; f < q->first; f++) {
            for (int32_t b = 0; b < q->second; b++) {
                const int8_t *x = input + i + f * q->first_step + b * q->second_step;

                for (int32_t n = q->third; n > 0; n--) {
                    max = vmaxq_s8(max, vldrbq_z_s8(x, valid));
                    x += q->third_step;
                }
            }
        }
        vstrbq_p_s8(output + i, max, valid);
    }
    return q->inner;
}

#elif ECGP_DSP

/** Outputs side by side, four at a time; how many that are. */
static int32_t max_side_by_side(const ecgp_reduce_loops *q, const int8_t *input, int8_t *output)
{
    int32_t i = 0;

    for (; i + 4 <= q->inner; i += 4) {
        uint32_t max = UINT32_C(0x80808080);

        for (int32_t f = 0; f < q->first; f++) {
            for (int32_t b = 0; b < q->second; b++) {
                const int8_t *x = input + i + f * q->first_step + b * q->second_step;

                for (int32_t n = q->third; n > 0; n--) {
                    max = ecgp_max4(max, ecgp_load4(x));
                    x += q->third_step;
                }
            }
        }
        ecgp_store4(output + i, max);
    }
    return i;
}

#else

static int32_t max_side_by_side(const ecgp_reduce_loops *q, const int8_t *input, int8_t *output)
{
    (void)q;
    (void)input;
    (void)output;
    return 0;
}

#endif

void ecgp_reduce_max_s8(const ecgp_reduce_max_params *p, const int8_t *input, int8_t *output)
{
    const ecgp_reduce_loops *q = &p->loops;

    ECGP_ASSERT(q->inner_step == 1 || q->inner == 1);
    for (int32_t o = 0; o < q->outer; o++) {
        for (int32_t m = 0; m < q->middle; m++) {
            const int8_t *x = input + o * q->outer_step + m * q->middle_step;

            for (int32_t i = max_side_by_side(q, x, output); i < q->inner; i++) {
                output[i] = (int8_t)max_one(q, x + i);
            }
            output += q->inner;
        }
    }
}

static int32_t sum_one(const ecgp_reduce_loops *q, const int8_t *input)
{
    int32_t sum = 0;

    for (int32_t f = 0; f < q->first; f++) {
        for (int32_t b = 0; b < q->second; b++) {
            const int8_t *x = input + f * q->first_step + b * q->second_step;

            for (int32_t n = q->third; n > 0; n--) {
                sum += *x;
                x += q->third_step;
            }
        }
    }
    return sum;
}

void ecgp_reduce_sum_s8(const ecgp_reduce_sum_params *p, const int8_t *input, int8_t *output)
{
    const ecgp_reduce_loops *q = &p->loops;

    for (int32_t o = 0; o < q->outer; o++) {
        for (int32_t m = 0; m < q->middle; m++) {
            for (int32_t i = 0; i < q->inner; i++) {
                const int8_t *x = input + o * q->outer_step + m * q->middle_step + i * q->inner_step;
                const int32_t scaled = ecgp_multiply(sum_one(q, x) + p->bias, p->multiplier, p->shift);

                *output++ = (int8_t)ecgp_clamp(scaled + p->output_zero_point, -128, 127);
            }
        }
    }
}
