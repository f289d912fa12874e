/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_smlal.h
 * @brief CONV_2D and DEPTHWISE_CONV_2D over int8, NHWC, by SMLAL on two positions per word; max pooling of two included.
 */
#ifndef ECGP_CONV_SMLAL_H
#define ECGP_CONV_SMLAL_H

#include <stdint.h>

#include "ecgp_requant.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * How an output row is packed. It is cut into chunks of up to 2 * distance positions; a chunk's input is packed once, as
 * [kernel row][input channel][phase][length] words: word i of a phase holds the columns that position i of the chunk's
 * lower half, and position i of its upper half, read first. So adjacent positions lie side by side, for any stride.
 */
typedef struct {
    ecgp_rows window;    /**< output_w: 4 and more; padding is packed as well */
    ecgp_requant requant;  /**< shifts -22 to -2; 128 * sum|w| < 2^22 and 128 * sum|w| + |bias| < 2^29 */
    int32_t pool;        /**< columns whose largest value is written, 1: no pooling; 2: output_w is even */
    int32_t distance;    /**< positions of half a chunk: a multiple of 4; the row's last chunk may be shorter */
    int32_t phases;      /**< columns between two positions that a weight may read: 1 to stride_w */
    int32_t length;      /**< words of one channel and phase, distance and more */
    int32_t outputs;     /**< output channels, 1 and more */
    const uint16_t *counts; /**< pairs and entries of each output channel, 0 to 65535 each, not both 0; not 1 pair */
    const uint8_t *entries; /**< (delta, weight, weight) of each channel, then (delta, weight), and a byte; see ecgp_smlal_channels */
} ecgp_conv_smlal_params;

/** The same with codes as entries, and counts of codes. */
typedef struct {
    ecgp_conv_smlal_params packed; /**< window.stride_w is 1 */
    int32_t kernel_w;              /**< columns of the kernel, 1 and more */
    int32_t dilation_w;            /**< input columns from one kernel column to the next; 1: they lie side by side */
} ecgp_conv_smlal_codes_params;

/**
 * Convolution that visits the nonzero weights only; also grouped and depthwise ones.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x (output_w / pool) x outputs; may overlap it as codegen/order.py says
 * @param scratch  kernel_h * input_c * phases * length words; aligned to 4
 */
void ecgp_conv_sparse_smlal_s8(const ecgp_conv_smlal_params *p, const int8_t *input, int8_t *output, void *scratch);

/**
 * The same with weights of one byte and a half, for stride_w 1 and one group.
 *
 * Two codes are three bytes: their distances, 0 to 15, the first in the lower half of the byte, and their weights.
 * Distances count taps in the order kernel row, input channel, kernel column. A code of weight zero bridges a longer
 * distance; counts counts codes. Of an odd number the last takes two bytes.
 *
 * @param p        parameters; stride_w is 1
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x (output_w / pool) x outputs; may overlap it as codegen/order.py says
 * @param scratch  the words, then two bytes for each weight of the channel that has the most, one at least, and a byte
 */
void ecgp_conv_sparse_smlal_codes_s8(const ecgp_conv_smlal_codes_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_SMLAL_H */
