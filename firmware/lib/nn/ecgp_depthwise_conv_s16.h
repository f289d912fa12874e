/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_s16.h
 * @brief DEPTHWISE_CONV_2D over int16 with int8 weights, NHWC, dense. Bit-exact with TFLM's reference kernel.
 */
#ifndef ECGP_DEPTHWISE_CONV_S16_H
#define ECGP_DEPTHWISE_CONV_S16_H

#include <stdint.h>

#include "ecgp_requant_s16.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_depthwise_conv_s16(). */
typedef struct {
    ecgp_staged_window staged; /**< how the kernel slides over the input; input_c is in bytes, two for each channel */
    ecgp_requant_s16 requant;  /**< output channels: input channels times multiplier; 32768 * sum|w| < 2^31 */
    int32_t multiplier;    /**< output channels per input channel, 1 and more */
    const int8_t *weights; /**< [output channel][kernel row][kernel column] (TFLite stores the channel last) */
} ecgp_depthwise_conv_s16_params;

/**
 * Convolution of each channel by itself.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x channels
 * @param output   batches x output_h x output_w x (channels * multiplier); does not overlap the input
 * @param scratch  see ecgp_tile_input()
 */
void ecgp_depthwise_conv_s16(const ecgp_depthwise_conv_s16_params *p, const int16_t *input, int16_t *output,
                             void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_DEPTHWISE_CONV_S16_H */
