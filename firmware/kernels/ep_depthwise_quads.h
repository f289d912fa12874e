/**
 * @file ep_depthwise_quads.h
 * @brief DEPTHWISE_CONV_2D over int8, NHWC, four channels at once; one output per input channel.
 */
#ifndef EP_DEPTHWISE_QUADS_H
#define EP_DEPTHWISE_QUADS_H

#include <stdint.h>

#include "ep_requant.h"
#include "ep_window.h"

/** Words that a pair of taps takes when it is spread: two offsets, and two weights for each of four channels. */
#define EP_DEPTHWISE_ENTRY 6

/** Parameters of ep_depthwise_quads_s8(). */
typedef struct {
    ep_window window;       /**< input_c: a multiple of 4; row_step for staged copies of `chunk` positions */
    ep_requant requant;     /**< shifts -22 to -2; see ep_rescale.h */
    int32_t chunk;          /**< positions of an output row that are staged at once, 1 and more */
    int32_t pairs;          /**< pairs of taps; an odd last tap has a partner of weight 0 */
    const int32_t *offsets; /**< two for each pair: bytes from a window's first to the tap's */
    const int8_t *weights;  /**< [four channels][pair][a0 a1 b0 b1 a2 a3 b2 b3], a and b the pair's taps */
} ep_depthwise_quads_params;

/**
 * Depthwise convolution.
 *
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x output_w x input_c; does not overlap the input
 * @param scratch  EP_DEPTHWISE_ENTRY * pairs words, then what ep_tile_input() needs; aligned to words
 */
void ep_depthwise_quads_s8(const ep_depthwise_quads_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif /* EP_DEPTHWISE_QUADS_H */
