/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add.h
 * @brief ADD and SUB of two int8 tensors of any scales, with broadcasting.
 */
#ifndef ECGP_ADD_H
#define ECGP_ADD_H

#include <stdint.h>

#include "ecgp_broadcast.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * How two operands of any scales become a sum or a difference. The larger of both scales is half of the common one: its
 * multiplier is 2^30, its shift 0.
 */
typedef struct {
    ecgp_broadcast loops;      /**< over the output */
    int32_t a_sign;            /**< 1, or -1: a is subtracted */
    int32_t a_zero_point;      /**< -128 to 127 */
    int32_t a_multiplier;      /**< from a's scale to the common one, at most 1/2: 0 to 2^31 - 1 */
    int32_t a_shift;           /**< belongs to a_multiplier, -31 to 0 */
    int32_t b_sign;            /**< 1, or -1: b is subtracted */
    int32_t b_zero_point;      /**< -128 to 127 */
    int32_t b_multiplier;      /**< from b's scale to the common one, at most 1/2: 0 to 2^31 - 1 */
    int32_t b_shift;           /**< belongs to b_multiplier, -31 to 0 */
    int32_t output_zero_point; /**< -128 to 127 */
    int32_t output_multiplier; /**< from the common scale to the output's: 0 to 2^31 - 1 */
    int32_t output_shift;      /**< belongs to output_multiplier, -31 to 0 */
    int32_t min;               /**< lowest output, -128 to 127: the fused activation */
    int32_t max;               /**< highest output, min to 127 */
} ecgp_add_params;

/** The same where b is a constant of the model. */
typedef struct {
    ecgp_add_params add;    /**< everything else */
    const int8_t *constant; /**< b */
} ecgp_add_constant_params;

/**
 * output = a_sign * a + b_sign * b, int8.
 *
 * @param p       parameters
 * @param a       first operand
 * @param b       second operand
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_add_s8(const ecgp_add_params *p, const int8_t *a, const int8_t *b, int8_t *output);

/**
 * output = a_sign * a + b_sign * p->constant, int8.
 *
 * @param p       parameters
 * @param a       first operand
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_add_constant_s8(const ecgp_add_constant_params *p, const int8_t *a, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_ADD_H */
