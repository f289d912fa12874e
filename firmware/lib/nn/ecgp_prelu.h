/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_prelu.h
 * @brief PRELU of an int8 tensor: what is below 0 is multiplied by alpha, which may be broadcast.
 */
#ifndef ECGP_PRELU_H
#define ECGP_PRELU_H

#include <stdint.h>

#include "ecgp_broadcast.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How an output comes from an input and its alpha. */
typedef struct {
    ecgp_broadcast loops;      /**< over the output; a is the input, b is alpha */
    int32_t input_zero_point;  /**< -128 to 127 */
    int32_t alpha_zero_point;  /**< -128 to 127 */
    int32_t output_zero_point; /**< -128 to 127 */
    int32_t multiplier;        /**< input scale / output scale: 0 to 2^31 - 1 */
    int32_t shift;             /**< belongs to multiplier, -31 to 22 */
    int32_t alpha_multiplier;  /**< input scale * alpha's scale / output scale: 0 to 2^31 - 1 */
    int32_t alpha_shift;       /**< belongs to alpha_multiplier, -31 to 15 */
} ecgp_prelu_params;

/** The same where alpha is a constant of the model. */
typedef struct {
    ecgp_prelu_params prelu; /**< everything else */
    const int8_t *constant;  /**< alpha */
} ecgp_prelu_constant_params;

/**
 * output = input, times alpha where it is below 0.
 *
 * @param p       parameters
 * @param input   outer x middle x inner, or what is broadcast to it
 * @param alpha   the same
 * @param output  outer x middle x inner; may be the input, where that is not broadcast
 */
void ecgp_prelu_s8(const ecgp_prelu_params *p, const int8_t *input, const int8_t *alpha, int8_t *output);

/**
 * output = input, times p->constant where it is below 0.
 *
 * @param p       parameters
 * @param input   outer x middle x inner, or what is broadcast to it
 * @param output  outer x middle x inner; may be the input, where that is not broadcast
 */
void ecgp_prelu_constant_s8(const ecgp_prelu_constant_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_PRELU_H */
