/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_bitmap.h
 * @brief FULLY_CONNECTED over int8 with a bit for every weight and a byte for each that is not zero.
 */
#ifndef ECGP_FULLY_CONNECTED_BITMAP_H
#define ECGP_FULLY_CONNECTED_BITMAP_H

#include <stdint.h>

#include "ecgp_requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_fully_connected_sparse_bitmap_s8(). */
typedef struct {
    ecgp_requant requant;  /**< shifts -31 to -1; 128 * sum|w| + |bias| < 2^30 */
    int32_t rows;          /**< input vectors, 1 and more */
    int32_t depth;         /**< elements of an input vector, 1 and more */
    int32_t outputs;       /**< elements of an output vector, 1 and more */
    const uint8_t *bits;   /**< of each output: a byte for eight weights, the first in the lowest bit; then 0x0f */
    const int8_t *weights; /**< those not zero, one output after the other, in the order of the kernel; then three more */
} ecgp_fully_connected_bitmap_params;

/**
 * The nonzero weights only; the output does not overlap the input.
 *
 * @param p        parameters
 * @param input    rows x depth
 * @param output   rows x outputs
 * @param scratch  2 * depth bytes, depth rounded up to a multiple of eight; of words
 */
void ecgp_fully_connected_sparse_bitmap_s8(const ecgp_fully_connected_bitmap_params *p, const int8_t *input,
                                       int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_FULLY_CONNECTED_BITMAP_H */
