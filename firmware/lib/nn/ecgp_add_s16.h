/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_s16.h
 * @brief ADD and SUB of two int16 tensors of any scales, with broadcasting.
 */
#ifndef ECGP_ADD_S16_H
#define ECGP_ADD_S16_H

#include <stdint.h>

#include "ecgp_add.h"

#ifdef __cplusplus
extern "C" {
#endif

/** ecgp_add_params where b is a constant of the model. Zero points are 0, min and max -32768 to 32767. */
typedef struct {
    ecgp_add_params add;     /**< everything else */
    const int16_t *constant; /**< b */
} ecgp_add_constant_s16_params;

/**
 * output = a_sign * a + b_sign * b, int16.
 *
 * @param p       parameters; zero points are 0, min and max -32768 to 32767
 * @param a       first operand
 * @param b       second operand
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_add_s16(const ecgp_add_params *p, const int16_t *a, const int16_t *b, int16_t *output);

/**
 * output = a_sign * a + b_sign * p->constant, int16.
 *
 * @param p       parameters
 * @param a       first operand
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_add_constant_s16(const ecgp_add_constant_s16_params *p, const int16_t *a, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_ADD_S16_H */
