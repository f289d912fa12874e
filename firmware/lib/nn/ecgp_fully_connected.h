/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected.h
 * @brief FULLY_CONNECTED over int8: rows of inputs times a matrix. Bit-exact with TFLM's reference kernel.
 *
 * Each takes input as rows x depth int8, and writes rows x outputs int8, which do not overlap the input. Scratch is
 * aligned to 4.
 */
#ifndef ECGP_FULLY_CONNECTED_H
#define ECGP_FULLY_CONNECTED_H

#include <stdint.h>

#include "ecgp_requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_fully_connected_s8(). */
typedef struct {
    ecgp_requant requant;  /**< shifts -31 to 30 */
    int32_t rows;          /**< input vectors, 1 and more */
    int32_t depth;         /**< elements of an input vector, 1 and more */
    int32_t outputs;       /**< elements of an output vector, 1 and more */
    const int8_t *weights; /**< [outputs][depth] */
} ecgp_fully_connected_params;

/** Parameters of ecgp_fully_connected_smlad_s8(). */
typedef struct {
    ecgp_requant requant;   /**< shifts -31 to -1; 128 * sum|w| + |bias| < 2^30 */
    int32_t rows;           /**< input vectors, 1 and more */
    int32_t depth;          /**< elements of an input vector, 1 and more */
    int32_t outputs;        /**< elements of an output vector, 1 and more */
    const int32_t *weights; /**< [outputs / 4][depth / 4][4 outputs][4 bytes], then rows of what outputs are left */
} ecgp_fully_connected_smlad_params;

/** Parameters of ecgp_fully_connected_sparse_s8(). */
typedef struct {
    ecgp_requant requant;   /**< shifts -31 to -1; 128 * sum|w| + |bias| < 2^30 */
    int32_t rows;           /**< input vectors, 1 and more */
    int32_t depth;          /**< elements of an input vector, 1 and more */
    int32_t outputs;        /**< elements of an output vector, 1 and more */
    const uint16_t *counts; /**< groups of each output, 0 to 65535 */
    const int32_t *groups;  /**< one output after the other; see ecgp_matrix_groups() */
} ecgp_fully_connected_sparse_params;

/** Parameters of ecgp_fully_connected_sparse_blocks_s8(). */
typedef struct {
    ecgp_requant requant;  /**< shifts -31 to -1; the bias less 128 * w for each even w; see ecgp_matrix_sparse.h for bounds */
    int32_t rows;          /**< input vectors, 1 and more */
    int32_t depth;         /**< elements of an input vector, 1 and more */
    int32_t outputs;       /**< elements of an output vector, 1 and more */
    const int32_t *blocks; /**< one output after the other, see ecgp_matrix_blocks(); then four words */
} ecgp_fully_connected_blocks_params;

/**
 * Dense, for any factor; small and slow.
 *
 * @param p       parameters
 * @param input   rows x depth
 * @param output  rows x outputs
 */
void ecgp_fully_connected_s8(const ecgp_fully_connected_params *p, const int8_t *input, int8_t *output);

/**
 * Dense, four outputs at once.
 *
 * @param p        parameters
 * @param input    rows x depth
 * @param output   rows x outputs
 * @param scratch  depth bytes, rounded up to words; unused where depth is a multiple of four
 */
void ecgp_fully_connected_smlad_s8(const ecgp_fully_connected_smlad_params *p, const int8_t *input, int8_t *output,
                                 void *scratch);

/**
 * The nonzero weights only.
 *
 * @param p       parameters
 * @param input   rows x depth
 * @param output  rows x outputs
 */
void ecgp_fully_connected_sparse_s8(const ecgp_fully_connected_sparse_params *p, const int8_t *input, int8_t *output);

/**
 * The 1x4 blocks of weights in which not all are zero.
 *
 * @param p        parameters
 * @param input    rows x depth
 * @param output   rows x outputs
 * @param scratch  depth bytes, rounded up to words; it may begin where the input does, or before
 */
void ecgp_fully_connected_sparse_blocks_s8(const ecgp_fully_connected_blocks_params *p, const int8_t *input,
                                         int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_FULLY_CONNECTED_H */
