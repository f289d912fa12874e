/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add.h
 * @brief ADD of two int8 tensors of any scales, with broadcasting.
 */
#ifndef ECGP_ADD_H
#define ECGP_ADD_H

#include <stddef.h>
#include <stdint.h>

#include "ecgp_broadcast.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How two addends of any scales become a sum. */
typedef struct {
    ecgp_broadcast loops;      /**< over the output */
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
} ecgp_add_params;

/** The same where b is a constant of the model. */
typedef struct {
    ecgp_add_params add; /**< everything else */
    const int8_t *constant; /**< b */
} ecgp_add_constant_params;

/**
 * output = a + b, int8.
 *
 * @param p       parameters
 * @param a       first addend
 * @param b       second addend
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_add_s8(const ecgp_add_params *p, const int8_t *a, const int8_t *b, int8_t *output);

/**
 * output = a + p->constant, int8.
 *
 * @param p       parameters
 * @param a       first addend
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_add_constant_s8(const ecgp_add_constant_params *p, const int8_t *a, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_ADD_H */
