/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_helium_s16.h
 * @brief DEPTHWISE_CONV_2D over int16 with int8 weights on Helium, one output per input channel.
 */
#ifndef ECGP_DEPTHWISE_CONV_HELIUM_S16_H
#define ECGP_DEPTHWISE_CONV_HELIUM_S16_H

#include <stdint.h>

#include "ecgp_helium_rescale_s16.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_depthwise_conv_helium_s16(). */
typedef struct {
    ecgp_window window;              /**< sizes in elements, four input channels and more; pad_value 0 */
    ecgp_helium_requant_s16 requant; /**< 32768 * sum|w| < 2^31 */
    const int8_t *weights;           /**< [kernel_h][kernel_w][input_c] */
} ecgp_depthwise_conv_helium_s16_params;

/**
 * Dense depthwise convolution.
 *
 * @param p       parameters
 * @param input   batches x input_h x input_w x input_c
 * @param output  batches x output_h x output_w x input_c; does not overlap the input
 */
void ecgp_depthwise_conv_helium_s16(const ecgp_depthwise_conv_helium_s16_params *p, const int16_t *input,
                                    int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_DEPTHWISE_CONV_HELIUM_S16_H */
