/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_row_helium.h
 * @brief CONV_2D of one input channel by up to five taps of a row, int8, on Helium. Max pooling of two columns included.
 */
#ifndef ECGP_CONV_ROW_HELIUM_H
#define ECGP_CONV_ROW_HELIUM_H

#include <stdint.h>

#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Positions that are computed at once, and most taps; ecgprune/codegen/kernels/row_helium.py must say the same. */
#define ECGP_ROW_POSITIONS 8
#define ECGP_ROW_TAPS 5

/** Output channels that are stored at once; row_helium.py must say the same. */
#define ECGP_ROW_CHANNELS 16

/** Parameters of ecgp_conv_row_helium_s8(). */
typedef struct {
    ecgp_window window;    /**< one input channel, kernel_h 1, kernel_w ECGP_ROW_TAPS at most, stride_w 1, output_w 8 and more */
    int32_t zero_point;    /**< of the output, -128 to 127 */
    int32_t min;           /**< lowest output, zero_point to 127: the fused activation */
    int32_t max;           /**< highest output, min to 127 */
    int32_t pool;          /**< columns whose largest value is written, 1: no pooling; 2: output_w is even */
    int32_t outputs;       /**< output channels, 1 and more */
    const int32_t *stream; /**< [outputs, by 2 rounded up][8]: five weights, bias, multiplier, shift of -31 to -1 */
} ecgp_conv_row_helium_params;

/**
 * Convolution.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w
 * @param output   batches x output_h x (output_w / pool) x outputs; does not overlap the input
 * @param scratch  4 bytes, and 8, or 4 where pool is 2, for every output channel, by ECGP_ROW_CHANNELS rounded up. Aligned to 4
 */
void ecgp_conv_row_helium_s8(const ecgp_conv_row_helium_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_ROW_HELIUM_H */
