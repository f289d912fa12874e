/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_batch_matmul.h
 * @brief BATCH_MATMUL of int8 tensors: products of matrices, either of which is computed. Bit-exact with TFLM.
 */
#ifndef ECGP_BATCH_MATMUL_H
#define ECGP_BATCH_MATMUL_H

#include <stdint.h>

#include "ecgp_requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_batch_matmul_s8(). Sums are below 2^31: depth is at most 2^14. */
typedef struct {
    ecgp_requant requant;      /**< per_channel is 1: four times the same factor, and biases of 0; shifts -31 to 30 */
    int32_t left_zero_point;   /**< -128 to 127 */
    int32_t right_zero_point;  /**< -128 to 127 */
    int32_t batches;           /**< matrices of the output, 1 and more */
    int32_t rows;              /**< of a matrix on the left, 1 and more */
    int32_t depth;             /**< its columns, and the rows of one on the right, 1 to 2^14 */
    int32_t columns;           /**< of a matrix on the right, 1 and more */
    int32_t left_turned;       /**< 1: stored as [depth][rows]; 0: as [rows][depth] */
    int32_t right_turned;      /**< 1: stored as [columns][depth], which is faster; 0: as [depth][columns] */
    const int32_t *matrices;   /**< [batches][2]: bytes to the matrix on the left, and to that on the right */
} ecgp_batch_matmul_params;

/** The same where one side is a constant of the model. */
typedef struct {
    ecgp_batch_matmul_params matmul; /**< everything else */
    int32_t left;                    /**< 1: the constant is on the left; 0: on the right */
    const int8_t *constant;          /**< its matrices */
} ecgp_batch_matmul_constant_params;

/**
 * Products of matrices.
 *
 * @param p        parameters
 * @param left     matrices of rows x depth
 * @param right    matrices of depth x columns
 * @param output   batches x rows x columns; overlaps neither
 * @param scratch  columns words; then, where right is not turned, columns x depth bytes; then, where left is, depth bytes.
 *                 Aligned to 4
 */
void ecgp_batch_matmul_s8(const ecgp_batch_matmul_params *p, const int8_t *left, const int8_t *right, int8_t *output,
                          void *scratch);

/**
 * The same with p->constant on one side.
 *
 * @param p        parameters
 * @param input    the matrices of the other side
 * @param output   batches x rows x columns; does not overlap the input
 * @param scratch  see ecgp_batch_matmul_s8()
 */
void ecgp_batch_matmul_constant_s8(const ecgp_batch_matmul_constant_params *p, const int8_t *input, int8_t *output,
                                   void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_BATCH_MATMUL_H */
