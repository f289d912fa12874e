/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_relu.h
 * @brief RELU and RELU6 of an int8 or int16 tensor, where they stand alone.
 */
#ifndef ECGP_RELU_H
#define ECGP_RELU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Clamp between two tensors of one quantization. Of int16 min and max are -32768 to 32767. */
typedef struct {
    int32_t size; /**< elements */
    int32_t min;  /**< lowest output, -128 to 127 */
    int32_t max;  /**< highest output, min to 127 */
} ecgp_clamp_params;

/**
 * Clamp with a change of quantization. Of int16 the zero points are 0, min and max -32768 to 32767, and the shift at most
 * 15.
 */
typedef struct {
    int32_t size;              /**< elements */
    int32_t input_zero_point;  /**< -128 to 127 */
    int32_t multiplier;        /**< input scale / output scale: 0 to 2^31 - 1 */
    int32_t shift;             /**< belongs to multiplier, -31 to 22 */
    int32_t output_zero_point; /**< -128 to 127 */
    int32_t min;               /**< lowest output, -128 to 127 */
    int32_t max;               /**< highest output, min to 127 */
} ecgp_relu_params;

/**
 * output = input, between min and max.
 *
 * @param p       parameters
 * @param input   size elements
 * @param output  size elements; may be the input
 */
void ecgp_clamp_s8(const ecgp_clamp_params *p, const int8_t *input, int8_t *output);

/**
 * output = input in the output's quantization, between min and max.
 *
 * @param p       parameters
 * @param input   size elements
 * @param output  size elements; may be the input
 */
void ecgp_relu_s8(const ecgp_relu_params *p, const int8_t *input, int8_t *output);

/** ecgp_clamp_s8() for int16. */
void ecgp_clamp_s16(const ecgp_clamp_params *p, const int16_t *input, int16_t *output);

/** ecgp_relu_s8() for int16. */
void ecgp_relu_s16(const ecgp_relu_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_RELU_H */
