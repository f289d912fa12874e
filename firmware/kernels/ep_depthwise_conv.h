/**
 * @file ep_depthwise_conv.h
 * @brief DEPTHWISE_CONV_2D over int8, NHWC, dense. The sparse form is ep_conv_sparse_s8(). Bit-exact with TFLM.
 */
#ifndef EP_DEPTHWISE_CONV_H
#define EP_DEPTHWISE_CONV_H

#include <stdint.h>

#include "ep_requant.h"
#include "ep_window.h"

/** Parameters of ep_depthwise_conv_s8(). */
typedef struct {
    ep_window window;
    ep_requant requant;
    int32_t multiplier;    /**< output channels per input channel, 1 and more */
    const int8_t *weights; /**< [output channel][kernel row][kernel column] (TFLite stores the channel last) */
} ep_depthwise_conv_params;

/**
 * Convolution of each channel by itself.
 *
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x output_w x (input_c * multiplier); does not overlap the input
 * @param scratch  see ep_tile_input()
 */
void ep_depthwise_conv_s8(const ep_depthwise_conv_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif /* EP_DEPTHWISE_CONV_H */
