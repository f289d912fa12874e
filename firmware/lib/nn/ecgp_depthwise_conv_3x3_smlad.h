/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_3x3_smlad.h
 * @brief DEPTHWISE_CONV_2D over int8 with a kernel of up to 3x3, NHWC, stride 1 or 2; one output per input channel.
 */
#ifndef ECGP_DEPTHWISE_CONV_3X3_SMLAD_H
#define ECGP_DEPTHWISE_CONV_3X3_SMLAD_H

#include <stdint.h>

#include "ecgp_requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes from a staged line to the next; a line has a word of four channels for each cell. */
#define ECGP_DEPTHWISE_PITCH 116

/** One dimension of the image. */
typedef struct {
    int32_t inputs;      /**< cells of the input, 1 and more */
    int32_t outputs;     /**< positions, 1 and more */
    int32_t pad;         /**< cells that the first window hangs over the input, 0 and more */
    int32_t input_step;  /**< bytes from a cell of the input to the next */
    int32_t output_step; /**< bytes from a position's output to the next one's */
} ecgp_depthwise_axis;

/** Parameters of ecgp_depthwise_conv_3x3_smlad_s8(). Lines are rows or columns, whichever suits; smaller kernels have zeros. */
typedef struct {
    int32_t batches;           /**< 1 and more */
    int32_t channels;          /**< a multiple of 4 */
    int32_t stride;            /**< along both axes, 1 or 2 */
    int32_t pad_value;         /**< -128 to 127: the input's zero point, which stands for real 0 */
    ecgp_depthwise_axis lines; /**< across lines */
    ecgp_depthwise_axis along; /**< along a line */
    int32_t band;              /**< output lines that are staged at once, 1 and more */
    int32_t chunk;             /**< positions of them, 1 and more: stride 1: at most 27, stride 2: at most 14 */
    ecgp_requant requant;      /**< shifts -12 to -2; 128 * sum|w| + |bias| < 2^29; see ecgp_rescale.h */
    const int8_t *weights;     /**< of each channel 0 1 3 4 2 6 5 7 8, where 3 is the first of the second line */
} ecgp_depthwise_conv_3x3_smlad_params;

/**
 * Depthwise convolution.
 *
 * @param p        parameters
 * @param input    batches x rows x columns x channels
 * @param output   batches x rows x columns x channels; may overlap it as codegen/order.py says
 * @param scratch  ECGP_DEPTHWISE_PITCH bytes for each of (band - 1) * stride + 3 lines, and 4; aligned to words
 */
void ecgp_depthwise_conv_3x3_smlad_s8(const ecgp_depthwise_conv_3x3_smlad_params *p, const int8_t *input, int8_t *output,
                                      void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_DEPTHWISE_CONV_3X3_SMLAD_H */
