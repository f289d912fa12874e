/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_leaky_relu.h
 * @brief LEAKY_RELU of an int16 tensor. That of int8 is a table of 256 answers: ecgp_lookup.h.
 */
#ifndef ECGP_LEAKY_RELU_H
#define ECGP_LEAKY_RELU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Factors of both halves; zero points are 0. */
typedef struct {
    int32_t size;             /**< elements, 1 and more */
    int32_t multiplier;       /**< of 0 and more: input scale / output scale, 0 to 2^31 - 1 */
    int32_t shift;            /**< belongs to multiplier, -31 to 15 */
    int32_t slope_multiplier; /**< of less than 0: alpha * input scale / output scale, 0 to 2^31 - 1 */
    int32_t slope_shift;      /**< belongs to slope_multiplier, -31 to 15 */
} ecgp_leaky_relu_params;

/**
 * output = input, or alpha * input where it is negative.
 *
 * @param p       parameters
 * @param input   size elements
 * @param output  size elements; may be the input
 */
void ecgp_leaky_relu_s16(const ecgp_leaky_relu_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_LEAKY_RELU_H */
