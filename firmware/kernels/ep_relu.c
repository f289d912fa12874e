/**
 * @file ep_relu.c
 * @brief Equal quantization on both sides needs no multiplication, so there are two kernels.
 */
#include "ep_relu.h"

#include "ep_requant.h"

void ep_clamp_s8(const ep_clamp_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = (int8_t)ep_clamp(input[i], p->min, p->max);
    }
}

void ep_relu_s8(const ep_relu_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < p->size; i++) {
        const int32_t scaled = ep_multiply(input[i] - p->input_zero_point, p->multiplier, p->shift);

        output[i] = (int8_t)ep_clamp(scaled + p->output_zero_point, p->min, p->max);
    }
}
