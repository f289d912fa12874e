/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_row_smlad.h
 * @brief DEPTHWISE_CONV_2D over int8 with a kernel of one row and up to nine taps, NHWC, stride 1 or 2; one output per input
 * channel.
 */
#ifndef ECGP_DEPTHWISE_CONV_ROW_SMLAD_H
#define ECGP_DEPTHWISE_CONV_ROW_SMLAD_H

#include <stdint.h>

#include "ecgp_requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_depthwise_conv_row_smlad_s8(). */
typedef struct {
    int32_t rows;         /**< of all images, 1 and more */
    int32_t inputs;       /**< cells of a row of the input, 1 and more */
    int32_t outputs;      /**< positions of a row, 1 and more */
    int32_t channels;     /**< a multiple of 4 */
    int32_t stride;       /**< 1 or 2 */
    int32_t pad;          /**< cells that the first window hangs over the input, 0 and more */
    int32_t pad_value;    /**< -128 to 127: the input's zero point, which stands for real 0 */
    int32_t chunk;        /**< positions that are staged at once, 1 and more */
    ecgp_requant requant; /**< shifts -12 to -2; 128 * sum|w| + |bias| < 2^29; see ecgp_rescale.h */
    const int8_t *weights; /**< of each channel taps 0 1 3 4 2 6 5 7 8 */
} ecgp_depthwise_conv_row_smlad_params;

/**
 * Depthwise convolution.
 *
 * @param p        parameters
 * @param input    rows x inputs x channels
 * @param output   rows x outputs x channels; does not overlap the input
 * @param scratch  a word for each cell that `chunk` positions, an odd one made even and 3 at least, read, and one more;
 *                 aligned to words
 */
void ecgp_depthwise_conv_row_smlad_s8(const ecgp_depthwise_conv_row_smlad_params *p, const int8_t *input, int8_t *output,
                                      void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_DEPTHWISE_CONV_ROW_SMLAD_H */
