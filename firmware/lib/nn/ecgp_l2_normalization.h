/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_l2_normalization.h
 * @brief L2_NORMALIZATION along the last dimension of an int8 tensor; the output has scale 1/128 and zero point 0.
 */
#ifndef ECGP_L2_NORMALIZATION_H
#define ECGP_L2_NORMALIZATION_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Rows, each of which is divided by the square root of its sum of squares. */
typedef struct {
    int32_t rows;       /**< 1 and more */
    int32_t depth;      /**< elements of one, 1 to 33025: their squares add up to less than 2^31 */
    int32_t zero_point; /**< of the input, -128 to 127 */
} ecgp_l2_normalization_params;

/**
 * The rows at length 1. One of zeros stays.
 *
 * @param p       parameters
 * @param input   rows x depth
 * @param output  rows x depth; may be the input
 */
void ecgp_l2_normalization_s8(const ecgp_l2_normalization_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_L2_NORMALIZATION_H */
