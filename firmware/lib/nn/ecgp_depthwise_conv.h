/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv.h
 * @brief DEPTHWISE_CONV_2D over int8, NHWC, dense. Sparse: ecgp_conv_sparse_s8(). Bit-exact with TFLM.
 */
#ifndef ECGP_DEPTHWISE_CONV_H
#define ECGP_DEPTHWISE_CONV_H

#include <stdint.h>

#include "ecgp_requant.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_depthwise_conv_s8(). */
typedef struct {
    ecgp_staged_window staged; /**< how the kernel slides over the input */
    ecgp_requant requant;  /**< shifts -31 to 30; input_c * multiplier output channels */
    int32_t multiplier;    /**< output channels per input channel, 1 and more */
    const int8_t *weights; /**< [output channel][kernel row][kernel column] (TFLite stores the channel last) */
} ecgp_depthwise_conv_params;

/**
 * Convolution of each channel by itself.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x output_w x (input_c * multiplier); may overlap it as codegen/order.py says
 * @param scratch  see ecgp_tile_input()
 */
void ecgp_depthwise_conv_s8(const ecgp_depthwise_conv_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_DEPTHWISE_CONV_H */
