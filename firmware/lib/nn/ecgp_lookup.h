/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_lookup.h
 * @brief Any function of one byte, as a table: LOGISTIC, TANH, LEAKY_RELU, ELU, HARD_SWISH, ABS, RSQRT, QUANTIZE.
 */
#ifndef ECGP_LOOKUP_H
#define ECGP_LOOKUP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The function. */
typedef struct {
    int32_t size;        /**< elements, 1 and more */
    const int8_t *table; /**< [256]: answers to the bytes 0 to 127, then -128 to -1 (as uint8: 128 to 255) */
} ecgp_lookup_params;

/**
 * output = table[input].
 *
 * @param p       parameters
 * @param input   size elements, int8 or uint8
 * @param output  size elements, int8 or uint8; may be the input
 */
void ecgp_lookup_s8(const ecgp_lookup_params *p, const void *input, void *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_LOOKUP_H */
