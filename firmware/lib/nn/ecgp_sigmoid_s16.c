/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_sigmoid_s16.c
 * @brief Inputs are brought to the steps of TFLM's table; see ecgp_interpolate.h.
 */
#include "ecgp_sigmoid_s16.h"

#include "ecgp_compiler.h"
#include "ecgp_interpolate.h"

/** An input in steps of 1/12288. */
static inline int32_t scaled(const ecgp_sigmoid_s16_params *p, int32_t x)
{
    const int32_t half = (int32_t)((1u << p->shift) >> 1);

    return (x * p->multiplier + half) >> p->shift;
}

void ecgp_logistic_s16(const ecgp_sigmoid_s16_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->multiplier >= 0 && p->multiplier <= 32767 && p->shift >= 0 && p->shift <= 31);
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = (int16_t)ecgp_sigmoid(p->table, scaled(p, input[i]));
    }
}

void ecgp_tanh_s16(const ecgp_sigmoid_s16_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->multiplier >= 0 && p->multiplier <= 32767 && p->shift >= 0 && p->shift <= 31);
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = (int16_t)ecgp_tanh(p->table, scaled(p, input[i]));
    }
}
