/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_quantize.c
 * @brief Rounds without libm: a float between -512 and 512 has its fraction left exactly after truncation.
 *
 * Quotients are cut to that range first. Every zero point lies within 128 of 0, so what is cut saturates anyway. The same
 * holds to int16 between -65536 and 65536.
 */
#include "ecgp_quantize.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

/** value to the nearest integer, ties away from zero. -65536 <= value <= 65536. */
static int32_t nearest(float value)
{
    const int32_t whole = (int32_t)value;
    const float rest = value - (float)whole;

    if (rest >= 0.5f) {
        return whole + 1;
    }
    return rest <= -0.5f ? whole - 1 : whole;
}

void ecgp_quantize_f32_s8(const ecgp_quantize_f32_params *p, const float *input, int8_t *output)
{
    ECGP_ASSERT(p->scale > 0.0f && p->zero_point >= -128 && p->zero_point <= 127);
    for (int32_t i = 0; i < p->size; i++) {
        float steps = input[i] / p->scale;

        if (!(steps > -512.0f)) { /* so written, NaN is cut too */
            steps = -512.0f;
        } else if (steps > 512.0f) {
            steps = 512.0f;
        }
        output[i] = (int8_t)ecgp_clamp(nearest(steps) + p->zero_point, -128, 127);
    }
}

void ecgp_quantize_s8_s8(const ecgp_quantize_s8_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->shift <= 22 && p->output_zero_point >= -128 && p->output_zero_point <= 127);
    for (int32_t i = 0; i < p->size; i++) {
        const int32_t scaled = ecgp_multiply(input[i] - p->input_zero_point, p->multiplier, p->shift);

        output[i] = (int8_t)ecgp_clamp(scaled + p->output_zero_point, -128, 127);
    }
}

void ecgp_quantize_f32_s16(const ecgp_quantize_f32_params *p, const float *input, int16_t *output)
{
    ECGP_ASSERT(p->scale > 0.0f && p->zero_point == 0);
    for (int32_t i = 0; i < p->size; i++) {
        float steps = input[i] / p->scale;

        if (!(steps > -65536.0f)) { /* so written, NaN is cut too */
            steps = -65536.0f;
        } else if (steps > 65536.0f) {
            steps = 65536.0f;
        }
        output[i] = (int16_t)ecgp_clamp(nearest(steps), -32768, 32767);
    }
}

void ecgp_quantize_s8_s16(const ecgp_quantize_s8_params *p, const int8_t *input, int16_t *output)
{
    ECGP_ASSERT(p->shift <= 22 && p->output_zero_point == 0);
    for (int32_t i = 0; i < p->size; i++) {
        const int32_t scaled = ecgp_multiply(input[i] - p->input_zero_point, p->multiplier, p->shift);

        output[i] = (int16_t)ecgp_clamp(scaled, -32768, 32767);
    }
}

void ecgp_quantize_s16_s8(const ecgp_quantize_s8_params *p, const int16_t *input, int8_t *output)
{
    ECGP_ASSERT(p->shift <= 15 && p->input_zero_point == 0);
    for (int32_t i = 0; i < p->size; i++) {
        const int32_t scaled = ecgp_multiply(input[i], p->multiplier, p->shift);

        output[i] = (int8_t)ecgp_clamp(scaled + p->output_zero_point, -128, 127);
    }
}

void ecgp_quantize_s16_s16(const ecgp_quantize_s8_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->shift <= 15 && p->input_zero_point == 0 && p->output_zero_point == 0);
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = (int16_t)ecgp_clamp(ecgp_multiply(input[i], p->multiplier, p->shift), -32768, 32767);
    }
}

void ecgp_quantize_s8_s32(const ecgp_quantize_s32_params *p, const int8_t *input, int32_t *output)
{
    ECGP_ASSERT(p->shift <= 13);
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = ecgp_multiply(input[i] - p->input_zero_point, p->multiplier, p->shift) + p->output_zero_point;
    }
}

void ecgp_quantize_s16_s32(const ecgp_quantize_s32_params *p, const int16_t *input, int32_t *output)
{
    ECGP_ASSERT(p->shift <= 13);
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = ecgp_multiply(input[i] - p->input_zero_point, p->multiplier, p->shift) + p->output_zero_point;
    }
}

void ecgp_quantize_s32_s8(const ecgp_quantize_s32_params *p, const int32_t *input, int8_t *output)
{
    ECGP_ASSERT(p->shift <= -2 && p->input_zero_point == 0);
    for (int32_t i = 0; i < p->size; i++) {
        const int32_t scaled = ecgp_multiply(input[i], p->multiplier, p->shift);

        output[i] = (int8_t)ecgp_clamp(scaled + p->output_zero_point, -128, 127);
    }
}

void ecgp_quantize_s32_s16(const ecgp_quantize_s32_params *p, const int32_t *input, int16_t *output)
{
    ECGP_ASSERT(p->shift <= -2 && p->input_zero_point == 0);
    for (int32_t i = 0; i < p->size; i++) {
        const int32_t scaled = ecgp_multiply(input[i], p->multiplier, p->shift);

        output[i] = (int16_t)ecgp_clamp(scaled + p->output_zero_point, -32768, 32767);
    }
}
