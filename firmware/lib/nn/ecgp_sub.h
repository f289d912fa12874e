/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_sub.h
 * @brief SUB of two int8 tensors of any scales, with broadcasting.
 */
#ifndef ECGP_SUB_H
#define ECGP_SUB_H

#include <stdint.h>

#include "ecgp_broadcast.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How two operands of any scales become a difference. */
typedef struct {
    ecgp_broadcast loops;      /**< over the output */
    int32_t sign;              /**< 1: a - b; -1: b - a */
    int32_t a_zero_point;      /**< -128 to 127 */
    int32_t a_multiplier;      /**< from a's scale to the common one, at most 1/2: 0 to 2^31 - 1 */
    int32_t a_shift;           /**< belongs to a_multiplier, -31 to 0 */
    int32_t b_zero_point;      /**< -128 to 127 */
    int32_t b_multiplier;      /**< from b's scale to the common one, at most 1/2: 0 to 2^31 - 1 */
    int32_t b_shift;           /**< belongs to b_multiplier, -31 to 0 */
    int32_t output_zero_point; /**< -128 to 127 */
    int32_t output_multiplier; /**< from the common scale to the output's: 0 to 2^31 - 1 */
    int32_t output_shift;      /**< belongs to output_multiplier, -31 to 0 */
    int32_t min;               /**< lowest output, -128 to 127: the fused activation */
    int32_t max;               /**< highest output, min to 127 */
} ecgp_sub_params;

/** The same where b is a constant of the model. */
typedef struct {
    ecgp_sub_params sub;    /**< everything else */
    const int8_t *constant; /**< b */
} ecgp_sub_constant_params;

/**
 * output = a - b or b - a, int8.
 *
 * @param p       parameters
 * @param a       one operand
 * @param b       the other one
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_sub_s8(const ecgp_sub_params *p, const int8_t *a, const int8_t *b, int8_t *output);

/**
 * output = a - p->constant or p->constant - a, int8.
 *
 * @param p       parameters
 * @param a       one operand
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_sub_constant_s8(const ecgp_sub_constant_params *p, const int8_t *a, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SUB_H */
