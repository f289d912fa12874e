/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_s16.h
 * @brief FULLY_CONNECTED over int16 with int8 weights, dense. Bit-exact with TFLM's reference kernel.
 */
#ifndef ECGP_FULLY_CONNECTED_S16_H
#define ECGP_FULLY_CONNECTED_S16_H

#include <stdint.h>

#include "ecgp_requant_s16.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_fully_connected_s16(). */
typedef struct {
    ecgp_requant_s16 requant; /**< `outputs` output channels */
    int32_t rows;             /**< 1 and more */
    int32_t depth;            /**< inputs of a row, 1 and more */
    int32_t outputs;          /**< outputs of a row, 1 and more */
    int32_t part;             /**< products that are summed up in an int32: 32768 * sum|w| < 2^31; depth, or 4 * n */
    const int8_t *weights;    /**< [output][depth], each row as ecgp_sums_s16.h says */
} ecgp_fully_connected_s16_params;

/**
 * Matrix product.
 *
 * @param p       parameters
 * @param input   rows x depth
 * @param output  rows x outputs; does not overlap the input
 */
void ecgp_fully_connected_s16(const ecgp_fully_connected_s16_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_FULLY_CONNECTED_S16_H */
