/**
 * @file ep_fully_connected_bits.h
 * @brief FULLY_CONNECTED over int8 with a bit for every weight and a byte for each that is not zero.
 */
#ifndef EP_FULLY_CONNECTED_BITS_H
#define EP_FULLY_CONNECTED_BITS_H

#include <stdint.h>

#include "ep_requant.h"

/** Parameters of ep_fully_connected_sparse_bits_s8(). Shifts are -31 to -1. */
typedef struct {
    ep_requant requant;
    int32_t rows;          /**< input vectors, 1 and more */
    int32_t depth;         /**< elements of an input vector */
    int32_t outputs;       /**< elements of an output vector */
    const uint8_t *bits;   /**< of each output: a byte for eight weights, the first in the lowest bit; then 0x0f */
    const int8_t *weights; /**< those not zero, one output after the other, in the order of the kernel; then three more */
} ep_fully_connected_bits_params;

/**
 * Output rows x outputs of input rows x depth, which do not overlap.
 *
 * @param scratch  2 * depth bytes, depth rounded up to a multiple of eight; of words
 */
void ep_fully_connected_sparse_bits_s8(const ep_fully_connected_bits_params *p, const int8_t *input,
                                       int8_t *output, void *scratch);

#endif /* EP_FULLY_CONNECTED_BITS_H */
