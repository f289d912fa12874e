/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_helium.h
 * @brief DEPTHWISE_CONV_2D over int8, NHWC, one output channel per input channel, on Helium: channels side by side.
 */
#ifndef ECGP_DEPTHWISE_CONV_HELIUM_H
#define ECGP_DEPTHWISE_CONV_HELIUM_H

#include <stdint.h>

#include "ecgp_requant.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_depthwise_conv_helium_s8(). */
typedef struct {
    ecgp_window window;      /**< four input channels and more */
    ecgp_requant requant;    /**< per_channel is 1; shifts -31 to 30 */
    const int8_t *weights; /**< [kernel_h][kernel_w][input_c] */
} ecgp_depthwise_conv_helium_params;

/**
 * Dense depthwise convolution.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x output_w x input_c; does not overlap the input
 * @param scratch  kernel_h * kernel_w words, then input_c bytes; aligned to 4
 */
void ecgp_depthwise_conv_helium_s8(const ecgp_depthwise_conv_helium_params *p, const int8_t *input, int8_t *output,
                                 void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_DEPTHWISE_CONV_HELIUM_H */
