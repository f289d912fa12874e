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
 * [kernel row][phase][plane][length] positions of two words. Position i of plane q holds four bytes,
 * the first starts[q] bytes behind that of column phase + i * stride_w of the chunk. So adjacent positions lie side by side, for any stride, and a block
 * of weights is a plane and a shift. Where run is a whole window's row, every plane is read unshifted.
 */
typedef struct {
    ecgp_rows window;      /**< padding is expanded as well */
    ecgp_requant requant;    /**< shifts -22 to -2; 128 * sum|w| + |bias| < 2^29, see ecgp_rescale.h */
    int32_t pool;          /**< columns whose largest value is written, 1: no pooling; 2: output_w is even */
    int32_t chunk;         /**< positions of a chunk: a multiple of ECGP_SMLAD_TILE, not 0 */
    int32_t phases;        /**< columns between two positions that a block may read: 1 to stride_w */
    int32_t planes;        /**< planes of a kernel row and phase, 1 and more */
    const uint16_t *starts; /**< one for each */
    int32_t length;        /**< positions of one plane, chunk and more */
    int32_t outputs;       /**< output channels, 1 and more */
    const uint8_t *entries; /**< blocks of one output channel after the other, see ecgp_smlad_channels */
} ecgp_conv_smlad_params;

/**
 * Convolution over the blocks only in which not all weights are zero.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x (output_w / pool) x outputs; may overlap it as codegen/order.py says
 * @param scratch  2 * (kernel_h * phases * planes * length + 1) words; aligned to 4
 */
void ecgp_conv_sparse_blocks_smlad_s8(const ecgp_conv_smlad_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_SMLAD_H */
