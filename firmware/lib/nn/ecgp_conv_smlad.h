/**
 * @file ecgp_conv_smlad.h
 * @brief CONV_2D over int8, NHWC, by blocks of four weights, dense and 1x4-block-sparse; max pooling of two included.
 */
#ifndef ECGP_CONV_SMLAD_H
#define ECGP_CONV_SMLAD_H

#include <stdint.h>

#include "ecgp_requant.h"
#include "ecgp_window.h"

/**
 * How an output row is expanded. It is cut into chunks of positions; a chunk's input is spread to int16 once, as
 * [kernel row][phase][plane][length] quads. Quad i of plane q holds bytes 4 * q to 4 * q + 3 of the `run` bytes from
 * column phase + i * stride_w of the chunk on. So adjacent positions lie side by side, for any stride, and a block of
 * weights is a plane and a shift. Where run is a whole window's row, every plane is read unshifted.
 */
typedef struct {
    ecgp_window window;      /**< row_step and stage are not used: padding is expanded as well */
    ecgp_requant requant;    /**< shifts -22 to -1; see ecgp_rescale.h */
    int32_t pool;          /**< columns whose largest value is written, 1: no pooling; 2 */
    int32_t chunk;         /**< positions of a chunk: a multiple of ECGP_SMLAD_TILE */
    int32_t phases;        /**< columns between two positions that a block may read: 1 to stride_w */
    int32_t run;           /**< bytes that a column yields: input_c, or kernel_w * input_c */
    int32_t length;        /**< quads of one plane */
    int32_t outputs;       /**< output channels */
    int32_t entries;       /**< words that the blocks of a channel take when they are spread, the largest number */
    int32_t shared;        /**< 1: dense, all output channels take the same steps; 0: each has its own */
    const uint8_t *steps;  /**< from block to block, then 0; see ecgp_smlad_spread() */
    const int8_t *weights; /**< four for each step, one output channel after the other, and four more */
} ecgp_conv_smlad_params;

/**
 * Dense convolution.
 *
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x (output_w / pool) x outputs; does not overlap the input
 * @param scratch  entries words, then kernel_h * phases * ceil(run / 4) * length quads; aligned to words
 */
void ecgp_conv_smlad_s8(const ecgp_conv_smlad_params *p, const int8_t *input, int8_t *output, void *scratch);

/** Convolution that visits those blocks only that have a weight which is not zero; otherwise the same. */
void ecgp_conv_sparse_blocks_smlad_s8(const ecgp_conv_smlad_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif /* ECGP_CONV_SMLAD_H */
