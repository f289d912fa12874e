/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_row_helium.h
 * @brief CONV_2D of one input channel by up to five taps of a row, int8, on Helium. Max pooling of two columns included.
 *
 * Sums stay in 16 bits. Some taps are added up in P, the others, with their signs changed, in N, so that both lie within 0
 * and 65535 for any inputs; P - N, not below 0, is the sum and its bias. The middle tap is divided between both. Channels whose
 * weights are too large for that, or whose factor shifts by less than two bits, take words of 32 bits. Those whose weights are
 * all zero have one output, which is written to scratch once and stays there for all tiles.
 *
 * A channel has a row of 8 bytes in scratch. The upper half of P's word is how many bytes it lies behind that of the channel
 * before in the stream, for the first one behind -1.
 */
#ifndef ECGP_CONV_ROW_HELIUM_H
#define ECGP_CONV_ROW_HELIUM_H

#include <stdint.h>

#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Outputs of a channel that are computed at once, and most taps; ecgprune/codegen/kernels/row_helium.py must say the same. */
#define ECGP_ROW_OUTPUTS 8
#define ECGP_ROW_TAPS 5

/** Parameters of ecgp_conv_row_helium_s8(). */
typedef struct {
    ecgp_window window;    /**< one input channel, kernel_h 1, kernel_w ECGP_ROW_TAPS at most, stride_w 1 */
    int32_t zero_point;    /**< of the output, -128 to 127 */
    int32_t min;           /**< lowest output, zero_point to 127: the fused activation */
    int32_t max;           /**< highest output, min to 127 */
    int32_t pool;          /**< columns whose largest value is written, 1: no pooling; 2: output_w is even */
    int32_t outputs;       /**< output channels, 1 to 8191 */
    int32_t channels;      /**< those that take 16 bits, 0 to outputs */
    const int32_t *stream; /**< [channels][10]: P and rows, N at first; weights 0, 1 of P, 2 of P and N, 3, 4 of N; factor, shift */
    int32_t wide;          /**< channels that take 32 bits */
    const int32_t *words;  /**< [wide][9]: channel, five weights, bias, multiplier, shift; not read where wide is 0 */
    const int8_t *fixed;   /**< [outputs]: outputs of the channels that are neither; NULL: there are none */
} ecgp_conv_row_helium_params;

/**
 * Convolution.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w
 * @param output   batches x output_h x (output_w / pool) x outputs; does not overlap the input
 * @param scratch  8 bytes for every output channel, by 8 rounded up, and 8 more. Aligned to 4
 */
void ecgp_conv_row_helium_s8(const ecgp_conv_row_helium_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_ROW_HELIUM_H */
