/**
 * @file ecgp_fully_connected.h
 * @brief FULLY_CONNECTED over int8: rows of inputs times a matrix. Bit-exact with TFLM's reference kernel.
 *
 * Each takes input as rows x depth, and writes rows x outputs, which do not overlap the input.
 */
#ifndef ECGP_FULLY_CONNECTED_H
#define ECGP_FULLY_CONNECTED_H

#include <stdint.h>

#include "ecgp_requant.h"

/** Parameters of ecgp_fully_connected_s8(). */
typedef struct {
    ecgp_requant requant;
    int32_t rows;          /**< input vectors, 1 and more */
    int32_t depth;         /**< elements of an input vector */
    int32_t outputs;       /**< elements of an output vector */
    const int8_t *weights; /**< [outputs][depth] */
} ecgp_fully_connected_params;

/** Parameters of ecgp_fully_connected_smlad_s8(). Shifts are -31 to -1. */
typedef struct {
    ecgp_requant requant;
    int32_t rows;
    int32_t depth;
    int32_t outputs;
    const int32_t *weights; /**< [outputs / 4][depth / 4][4 outputs][4 bytes], then rows of what outputs are left */
} ecgp_fully_connected_smlad_params;

/** Parameters of ecgp_fully_connected_sparse_s8(). Shifts are -31 to -1. */
typedef struct {
    ecgp_requant requant;
    int32_t rows;
    int32_t depth;
    int32_t outputs;
    const uint16_t *counts; /**< groups of each output */
    const int32_t *groups;  /**< one output after the other; see ecgp_matrix_groups() */
} ecgp_fully_connected_sparse_params;

/** Parameters of ecgp_fully_connected_sparse_blocks_s8(). Shifts are -31 to -1. */
typedef struct {
    ecgp_requant requant;
    int32_t rows;
    int32_t depth;
    int32_t outputs;
    const uint16_t *counts; /**< blocks of each output */
    const int32_t *blocks;  /**< one output after the other, see ecgp_matrix_blocks(); then two words */
} ecgp_fully_connected_blocks_params;

/** Dense, for any factor; small and slow. */
void ecgp_fully_connected_s8(const ecgp_fully_connected_params *p, const int8_t *input, int8_t *output);

/**
 * Dense, four outputs at once.
 *
 * @param scratch  depth bytes, rounded up to words; unused where depth is a multiple of four
 */
void ecgp_fully_connected_smlad_s8(const ecgp_fully_connected_smlad_params *p, const int8_t *input, int8_t *output,
                                 void *scratch);

/** The nonzero weights only. */
void ecgp_fully_connected_sparse_s8(const ecgp_fully_connected_sparse_params *p, const int8_t *input, int8_t *output);

/**
 * The blocks of four weights in which not all are zero.
 *
 * @param scratch  2 * depth bytes, depth rounded up to a multiple of four; of words
 */
void ecgp_fully_connected_sparse_blocks_s8(const ecgp_fully_connected_blocks_params *p, const int8_t *input,
                                         int8_t *output, void *scratch);

#endif /* ECGP_FULLY_CONNECTED_H */
