/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_logistic.h
 * @brief LOGISTIC of an int8 tensor; the output has scale 1/256 and zero point -128.
 */
#ifndef ECGP_LOGISTIC_H
#define ECGP_LOGISTIC_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The function as a table. */
typedef struct {
    int32_t size;        /**< elements */
    const int8_t *table; /**< answers to -128, -127, ..., 127 */
} ecgp_logistic_params;

/**
 * output = 1 / (1 + exp(-input)).
 *
 * @param p       parameters
 * @param input   size elements
 * @param output  size elements; may be the input
 */
void ecgp_logistic_s8(const ecgp_logistic_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_LOGISTIC_H */
