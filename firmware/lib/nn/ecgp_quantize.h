/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_quantize.h
 * @brief QUANTIZE to int8, int16 or int32, from float or from another quantization.
 */
#ifndef ECGP_QUANTIZE_H
#define ECGP_QUANTIZE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** From float. Of an int16 output the zero point is 0. */
typedef struct {
    int32_t size;       /**< elements */
    float scale;        /**< real value of one step of the output, more than 0 */
    int32_t zero_point; /**< of the output, -128 to 127 */
} ecgp_quantize_f32_params;

/** From int8 or int16. Of int16 the zero point is 0; the shift of an int16 input is at most 15. */
typedef struct {
    int32_t size;              /**< elements */
    int32_t input_zero_point;  /**< -128 to 127 */
    int32_t multiplier;        /**< input scale / output scale: 0 to 2^31 - 1 */
    int32_t shift;             /**< belongs to multiplier, -31 to 22 */
    int32_t output_zero_point; /**< -128 to 127 */
} ecgp_quantize_s8_params;

/**
 * output = input / scale + zero_point, rounded to nearest, ties away from zero, saturated; NaN gives -128.
 *
 * @param p       parameters
 * @param input   size elements
 * @param output  size elements; does not overlap the input
 */
void ecgp_quantize_f32_s8(const ecgp_quantize_f32_params *p, const float *input, int8_t *output);

/**
 * output = input in the output's quantization, saturated.
 *
 * @param p       parameters
 * @param input   size elements
 * @param output  size elements; may be the input
 */
void ecgp_quantize_s8_s8(const ecgp_quantize_s8_params *p, const int8_t *input, int8_t *output);

/** ecgp_quantize_f32_s8() to int16; NaN gives -32768. */
void ecgp_quantize_f32_s16(const ecgp_quantize_f32_params *p, const float *input, int16_t *output);

/** ecgp_quantize_s8_s8() to int16; output may not be the input. */
void ecgp_quantize_s8_s16(const ecgp_quantize_s8_params *p, const int8_t *input, int16_t *output);

/** ecgp_quantize_s8_s8() from int16; output may not be the input. */
void ecgp_quantize_s16_s8(const ecgp_quantize_s8_params *p, const int16_t *input, int8_t *output);

/** ecgp_quantize_s8_s8() from int16 to int16; output may be the input. */
void ecgp_quantize_s16_s16(const ecgp_quantize_s8_params *p, const int16_t *input, int16_t *output);

/** To or from int32. The input's zero point is 0 where it is int32. */
typedef struct {
    int32_t size;              /**< elements */
    int32_t input_zero_point;  /**< -32768 to 32767 */
    int32_t multiplier;        /**< input scale / output scale: 0 to 2^31 - 1 */
    int32_t shift;             /**< belongs to multiplier: -31 to 13, from int32 at most -2 */
    int32_t output_zero_point; /**< -2^30 to 2^30, to int8 -128 to 127, to int16 -32768 to 32767 */
} ecgp_quantize_s32_params;

/** ecgp_quantize_s8_s8() to int32; output does not overlap the input. */
void ecgp_quantize_s8_s32(const ecgp_quantize_s32_params *p, const int8_t *input, int32_t *output);

/** ecgp_quantize_s8_s8() from int16 to int32; output does not overlap the input. */
void ecgp_quantize_s16_s32(const ecgp_quantize_s32_params *p, const int16_t *input, int32_t *output);

/** ecgp_quantize_s8_s8() from int32; output does not overlap the input. */
void ecgp_quantize_s32_s8(const ecgp_quantize_s32_params *p, const int32_t *input, int8_t *output);

/** ecgp_quantize_s8_s8() from int32 to int16; output does not overlap the input. */
void ecgp_quantize_s32_s16(const ecgp_quantize_s32_params *p, const int32_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_QUANTIZE_H */
