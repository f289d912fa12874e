/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_dequantize.c
 * @brief TFLM multiplies in double and rounds to float; the product of a float and 9, or 16, bits rounds to the same here.
 */
#include "ecgp_dequantize.h"

#include "ecgp_compiler.h"

void ecgp_dequantize_s8_f32(const ecgp_dequantize_params *p, const int8_t *input, float *output)
{
    ECGP_ASSERT(p->scale > 0.0f && p->zero_point >= -128 && p->zero_point <= 127);
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = p->scale * (float)(input[i] - p->zero_point);
    }
}

void ecgp_dequantize_s16_f32(const ecgp_dequantize_params *p, const int16_t *input, float *output)
{
    ECGP_ASSERT(p->scale > 0.0f && p->zero_point == 0);
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = p->scale * (float)input[i];
    }
}
