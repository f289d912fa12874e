/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_mul.h
 * @brief MUL of two int8, or two int16, tensors of any scales, with broadcasting.
 */
#ifndef ECGP_MUL_H
#define ECGP_MUL_H

#include <stdint.h>

#include "ecgp_broadcast.h"
#include "ecgp_requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @name Which inner loop a product takes @{ */
#define ECGP_MUL_FULL 0  /**< the shift is -22 to -2, outputs are -128 to 127: the fastest */
#define ECGP_MUL_CLAMP 1 /**< the shift is -22 to -2 */
#define ECGP_MUL_ANY 2   /**< any shift up to 15 */
/** @} */

/** How two factors become a product. */
typedef struct {
    ecgp_broadcast loops;   /**< over the output */
    int32_t a_zero_point;   /**< -128 to 127 */
    int32_t b_zero_point;   /**< -128 to 127 */
    ecgp_requant requant;   /**< of the products, |product| <= 255 * 255: bias 0, one multiplier, one shift of -22 to 15 */
    int32_t loop;           /**< ECGP_MUL_FULL, _CLAMP or _ANY, which fits requant */
} ecgp_mul_params;

/** The same where b is a constant of the model. */
typedef struct {
    ecgp_mul_params mul; /**< everything else */
    const int8_t *constant; /**< b */
} ecgp_mul_constant_params;

/** How two factors of int16 become a product. */
typedef struct {
    ecgp_broadcast loops; /**< over the output */
    int32_t multiplier;   /**< a's scale times b's over the output's: 0 to 2^31 - 1 */
    int32_t shift;        /**< belongs to multiplier, -31 to 30: |product| * 2^max(shift, 0) < 2^31 */
    int32_t min;          /**< lowest output, -32768 to 32767: the fused activation */
    int32_t max;          /**< highest output, min to 32767 */
} ecgp_mul_s16_params;

/** The same where b is a constant of int16. */
typedef struct {
    ecgp_mul_s16_params mul; /**< everything else */
    const int16_t *constant; /**< b */
} ecgp_mul_constant_s16_params;

/**
 * output = a * b, int8.
 *
 * @param p       parameters
 * @param a       first factor
 * @param b       second factor
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_mul_s8(const ecgp_mul_params *p, const int8_t *a, const int8_t *b, int8_t *output);

/**
 * output = a * p->constant, int8.
 *
 * @param p       parameters
 * @param a       first factor
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_mul_constant_s8(const ecgp_mul_constant_params *p, const int8_t *a, int8_t *output);

/** ecgp_mul_s8() for int16. */
void ecgp_mul_s16(const ecgp_mul_s16_params *p, const int16_t *a, const int16_t *b, int16_t *output);

/** ecgp_mul_constant_s8() for int16. */
void ecgp_mul_constant_s16(const ecgp_mul_constant_s16_params *p, const int16_t *a, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_MUL_H */
