/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_dequantize.h
 * @brief DEQUANTIZE from int8 or int16 to float.
 */
#ifndef ECGP_DEQUANTIZE_H
#define ECGP_DEQUANTIZE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The input's quantization. */
typedef struct {
    int32_t size;       /**< elements */
    int32_t zero_point; /**< -128 to 127 */
    float scale;        /**< real value of one step, more than 0 */
} ecgp_dequantize_params;

/**
 * output = scale * (input - zero_point), rounded once.
 *
 * @param p       parameters
 * @param input   size elements
 * @param output  size elements; does not overlap the input
 */
void ecgp_dequantize_s8_f32(const ecgp_dequantize_params *p, const int8_t *input, float *output);

/** ecgp_dequantize_s8_f32() for int16, whose zero point is 0. */
void ecgp_dequantize_s16_f32(const ecgp_dequantize_params *p, const int16_t *input, float *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_DEQUANTIZE_H */
