/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_smlad.h
 * @brief DEPTHWISE_CONV_2D over int8, NHWC, four channels at once; one output per input channel.
 */
#ifndef ECGP_DEPTHWISE_CONV_SMLAD_H
#define ECGP_DEPTHWISE_CONV_SMLAD_H

#include <stdint.h>

#include "ecgp_requant.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Words that a pair of taps takes when it is spread: two offsets, and two weights for each of four channels. */
#define ECGP_DEPTHWISE_ENTRY 6

/** Parameters of ecgp_depthwise_conv_smlad_s8(). */
typedef struct {
    ecgp_staged_window staged; /**< input_c: a multiple of 4; row_step for staged copies of `chunk` positions */
    ecgp_requant requant;     /**< shifts -22 to -2; 128 * sum|w| + |bias| < 2^29; see ecgp_rescale.h */
    int32_t chunk;          /**< positions of an output row that are staged at once, 1 and more */
    int32_t pairs;          /**< pairs of taps, 1 and more; an odd last tap has a partner of weight 0 */
    const int32_t *offsets; /**< two for each pair: bytes from a window's first to the tap's */
    const int8_t *weights;  /**< [four channels][pair][a0 a1 b0 b1 a2 a3 b2 b3], a and b the pair's taps */
} ecgp_depthwise_conv_smlad_params;

/**
 * Depthwise convolution.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x output_w x input_c; may overlap it as codegen/order.py says
 * @param scratch  ECGP_DEPTHWISE_ENTRY * pairs words, then what ecgp_tile_input() needs; aligned to words
 */
void ecgp_depthwise_conv_smlad_s8(const ecgp_depthwise_conv_smlad_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_DEPTHWISE_CONV_SMLAD_H */
