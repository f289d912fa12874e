/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_dual.h
 * @brief FULLY_CONNECTED over int8, dense: two outputs in each halfword of weights.
 */
#ifndef ECGP_FULLY_CONNECTED_DUAL_H
#define ECGP_FULLY_CONNECTED_DUAL_H

#include <stdint.h>

#include "ecgp_requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_fully_connected_dual_s8(). */
typedef struct {
    ecgp_requant requant;   /**< shifts -31 to -1; 128 * sum|w| + |bias| < 2^30 */
    int32_t rows;           /**< input vectors, 1 and more */
    int32_t depth;          /**< elements of an input vector, 1 and more */
    int32_t outputs;        /**< elements of an output vector, 1 and more */
    const int32_t *weights; /**< tiles of eight outputs, then pairs of two; see ecgp_matrix_dual.h */
} ecgp_fully_connected_dual_params;

/**
 * Dense, eight outputs at once.
 *
 * @param p        parameters
 * @param input    rows x depth
 * @param output   rows x outputs
 * @param scratch  depth bytes, rounded up to words; unused where depth is a multiple of four
 */
void ecgp_fully_connected_dual_s8(const ecgp_fully_connected_dual_params *p, const int8_t *input, int8_t *output,
                                  void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_FULLY_CONNECTED_DUAL_H */
