/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_relu.c
 * @brief Equal quantization on both sides needs no multiplication, so there are two kernels.
 */
#include "ecgp_relu.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

void ecgp_clamp_s8(const ecgp_clamp_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->min >= -128 && p->min <= p->max && p->max <= 127);
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = (int8_t)ecgp_clamp(input[i], p->min, p->max);
    }
}

void ecgp_relu_s8(const ecgp_relu_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->min >= -128 && p->min <= p->max && p->max <= 127 && p->shift <= 22);
    for (int32_t i = 0; i < p->size; i++) {
        const int32_t scaled = ecgp_multiply(input[i] - p->input_zero_point, p->multiplier, p->shift);

        output[i] = (int8_t)ecgp_clamp(scaled + p->output_zero_point, p->min, p->max);
    }
}

void ecgp_clamp_s16(const ecgp_clamp_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->min >= -32768 && p->min <= p->max && p->max <= 32767);
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = (int16_t)ecgp_clamp(input[i], p->min, p->max);
    }
}

void ecgp_relu_s16(const ecgp_relu_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->min >= -32768 && p->min <= p->max && p->max <= 32767 && p->shift <= 15);
    ECGP_ASSERT(p->input_zero_point == 0 && p->output_zero_point == 0);
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = (int16_t)ecgp_clamp(ecgp_multiply(input[i], p->multiplier, p->shift), p->min, p->max);
    }
}
