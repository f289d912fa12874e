/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_row_smlad.h
 * @brief CONV_2D of one input channel by up to five taps of a row, int8, on cores with SMLAD. Max pooling of two columns included.
 *
 * A word of the expanded row is two columns that follow one another, two int16. Every column begins one. So an output is two
 * SMLAD and one SMLABB, whichever column it begins at, and a channel's weights, bias and factors stay in registers.
 * Channels of four taps leave out the SMLABB, those without weights are filled.
 */
#ifndef ECGP_CONV_ROW_SMLAD_H
#define ECGP_CONV_ROW_SMLAD_H

#include <stdint.h>

#include "ecgp_requant.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Positions multiplied at a time, and most taps; ecgprune/codegen/kernels/row_smlad.py must say the same. */
#define ECGP_ROW_SMLAD_TILE 8
#define ECGP_ROW_SMLAD_TAPS 5

/** Bytes of a channel's weights. */
#define ECGP_ROW_SMLAD_ENTRY 6

/** Parameters of ecgp_conv_row_smlad_s8(). */
typedef struct {
    ecgp_rows window;      /**< one input channel, kernel_h 1, stride_w 1 */
    ecgp_requant requant;  /**< multipliers from 2^30 up, shifts -12 to -2, outputs of the whole range of int8 */
    int32_t pool;          /**< columns whose largest value is written, 1: no pooling; 2: output_w is even */
    int32_t chunk;         /**< positions whose input is expanded at once, whole tiles; output_w is a tile and more */
    int32_t outputs;       /**< output channels, 1 to 65535 */
    const int8_t *weights; /**< [outputs][6]: five weights, and the column at which they begin: 0, or 1 where the fifth is 0 */
} ecgp_conv_row_smlad_params;

/**
 * Convolution. 128 * sum|w| + |bias| < 2^29.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w
 * @param output   batches x output_h x (output_w / pool) x outputs; does not overlap the input
 * @param scratch  4 * (chunk, at most output_w, + 3) bytes, aligned to 4
 */
void ecgp_conv_row_smlad_s8(const ecgp_conv_row_smlad_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_ROW_SMLAD_H */
