/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_maximum.h
 * @brief MAXIMUM and MINIMUM of two int8 tensors, with broadcasting. Bytes are compared as they are stored.
 */
#ifndef ECGP_MAXIMUM_H
#define ECGP_MAXIMUM_H

#include <stdint.h>

#include "ecgp_broadcast.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How the operands are read. */
typedef struct {
    ecgp_broadcast loops; /**< over the output */
} ecgp_maximum_params;

/** The same where b is a constant of the model. */
typedef struct {
    ecgp_maximum_params maximum; /**< everything else */
    const int8_t *constant;      /**< b */
} ecgp_maximum_constant_params;

/**
 * output = the larger of a and b.
 *
 * @param p       parameters
 * @param a       first operand
 * @param b       second operand
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_maximum_s8(const ecgp_maximum_params *p, const int8_t *a, const int8_t *b, int8_t *output);

/**
 * output = the larger of a and p->constant.
 *
 * @param p       parameters
 * @param a       first operand
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_maximum_constant_s8(const ecgp_maximum_constant_params *p, const int8_t *a, int8_t *output);

/**
 * output = the smaller of a and b.
 *
 * @param p       parameters
 * @param a       first operand
 * @param b       second operand
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_minimum_s8(const ecgp_maximum_params *p, const int8_t *a, const int8_t *b, int8_t *output);

/**
 * output = the smaller of a and p->constant.
 *
 * @param p       parameters
 * @param a       first operand
 * @param output  outer x middle x inner; may be a, where a is not broadcast
 */
void ecgp_minimum_constant_s8(const ecgp_maximum_constant_params *p, const int8_t *a, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_MAXIMUM_H */
