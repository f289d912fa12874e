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

/** Most pairs of taps: sums divided by 256 fit int16. */
#define ECGP_DEPTHWISE_PAIRS_MAX 200

/**
 * Parameters of ecgp_depthwise_conv_helium_s8(). Channels come in vectors of 16; the last vector ends with the last
 * channel, and where there are fewer than 16, its lanes behind them have weights of zero.
 */
typedef struct {
    ecgp_window window;      /**< four input channels and more; rows, columns and what a kernel spans: up to 32767 */
    ecgp_requant requant;    /**< per_channel is 1; shifts -31 to -1. [vectors][16], lanes 0 4 8 12 2 6 10 14 1 5 9 13 3 7 11 15 */
    int32_t apart;           /**< 1: every tap is paired with a weight of zero; 0: two taps a pair, |w| together 254 at most */
    int32_t pairs;           /**< pairs, 1 to ECGP_DEPTHWISE_PAIRS_MAX; an odd last tap has a partner of zero */
    const int8_t *weights;   /**< [vectors][2 * pairs][16], then 16 that are only read */
} ecgp_depthwise_conv_helium_params;

/**
 * Dense depthwise convolution.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x output_w x input_c; does not overlap the input
 * @param scratch  12 * (2 * pairs + 2, rounded up to a multiple of 4) + input_c bytes; aligned to 4
 */
void ecgp_depthwise_conv_helium_s8(const ecgp_depthwise_conv_helium_params *p, const int8_t *input, int8_t *output,
                                 void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_DEPTHWISE_CONV_HELIUM_H */
