/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_smlad.h
 * @brief CONV_2D over int8, NHWC, by SMLAD over 1x4 blocks of weights that are not all zero; max pooling of two included.
 */
#ifndef ECGP_CONV_SMLAD_H
#define ECGP_CONV_SMLAD_H

#include <stdint.h>

#include "ecgp_requant.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The SMLAD layout of an output row. It is cut into chunks of positions; a chunk's input is copied once, as
 * [kernel row][phase][plane][length] words. Word i of plane q holds bytes 4 * q to 4 * q + 3 of the `run` bytes
 * from column phase + i * stride_w of the chunk on. So adjacent positions lie side by side, for any stride, and a block
 * of weights is a plane and a shift. Where run is a whole window's row, every plane is read unshifted.
 */
typedef struct {
    ecgp_rows window;      /**< padding is expanded as well */
    ecgp_requant requant;    /**< shifts -22 to -2; 128 * sum|w| + |bias| < 2^29, see ecgp_rescale.h; less 128 * (w0 + w2) a block */
    int32_t pool;          /**< columns whose largest value is written, 1: no pooling; 2: output_w is even */
    int32_t chunk;         /**< positions of a chunk: a multiple of ECGP_SMLAD_TILE, not 0 */
    int32_t phases;        /**< columns between two positions that a block may read: 1 to stride_w */
    int32_t run;           /**< bytes that a column yields: input_c, or kernel_w * input_c */
    int32_t length;        /**< words of one plane, chunk and more */
    int32_t outputs;       /**< output channels, 1 and more */
    int32_t entries;       /**< words that the blocks of a channel take when they are spread, the largest number */
    const uint8_t *deltas; /**< from block to block, 1 to 255, then 0; see ecgp_smlad_spread() */
    const int8_t *weights; /**< four bytes for each delta, one output channel after the other, and four more */
} ecgp_conv_smlad_params;

/**
 * Convolution over the blocks only in which not all weights are zero.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x (output_w / pool) x outputs; may overlap it as codegen/order.py says
 * @param scratch  entries words, then kernel_h * phases * ceil(run / 4) * length words; aligned to 4
 */
void ecgp_conv_sparse_blocks_smlad_s8(const ecgp_conv_smlad_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_SMLAD_H */
