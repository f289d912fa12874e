/**
 * @file ep_fully_connected.h
 * @brief FULLY_CONNECTED over int8, dense and sparse. Bit-exact with TFLM's reference kernel.
 */
#ifndef EP_FULLY_CONNECTED_H
#define EP_FULLY_CONNECTED_H

#include <stdint.h>

#include "ep_requant.h"

/** Parameters of ep_fully_connected_s8(). */
typedef struct {
    ep_requant requant;
    int32_t rows;          /**< input vectors, 1 and more */
    int32_t depth;         /**< elements of an input vector */
    int32_t outputs;       /**< elements of an output vector */
    const int8_t *weights; /**< [outputs][depth] */
} ep_fully_connected_params;

/** Parameters of ep_fully_connected_sparse_s8(). */
typedef struct {
    ep_requant requant;
    int32_t rows;           /**< input vectors, 1 and more */
    int32_t depth;          /**< elements of an input vector */
    int32_t outputs;        /**< elements of an output vector */
    const uint16_t *counts; /**< entries of each output */
    const uint8_t *entries; /**< (delta, weight) pairs, one output after the other; see ep_sparse.h */
} ep_fully_connected_sparse_params;

/**
 * Dense matrix times vector.
 *
 * @param input   rows x depth
 * @param output  rows x outputs; does not overlap the input
 */
void ep_fully_connected_s8(const ep_fully_connected_params *p, const int8_t *input, int8_t *output);

/** The same, visiting the nonzero weights only. */
void ep_fully_connected_sparse_s8(const ep_fully_connected_sparse_params *p, const int8_t *input, int8_t *output);

#endif /* EP_FULLY_CONNECTED_H */
