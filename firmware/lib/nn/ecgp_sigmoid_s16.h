/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_sigmoid_s16.h
 * @brief LOGISTIC and TANH of an int16 tensor; the output has scale 1/32768 and zero point 0.
 */
#ifndef ECGP_SIGMOID_S16_H
#define ECGP_SIGMOID_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The input's scale, and TFLM's table, which both functions are interpolated in. */
typedef struct {
    int32_t size;          /**< elements */
    int32_t multiplier;    /**< of an input, to steps of 1/12288: 0 to 32767 */
    int32_t shift;         /**< bits to the right that belong to multiplier, 0 to 31 */
    const uint16_t *table; /**< 256 values, see ecgp_interpolate.h */
} ecgp_sigmoid_s16_params;

/**
 * output = 1 / (1 + exp(-input)).
 *
 * @param p       parameters
 * @param input   size elements
 * @param output  size elements; may be the input
 */
void ecgp_logistic_s16(const ecgp_sigmoid_s16_params *p, const int16_t *input, int16_t *output);

/**
 * output = tanh(input), which is 2 / (1 + exp(-2 * input)) - 1.
 *
 * @param p       parameters
 * @param input   size elements
 * @param output  size elements; may be the input
 */
void ecgp_tanh_s16(const ecgp_sigmoid_s16_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SIGMOID_S16_H */
