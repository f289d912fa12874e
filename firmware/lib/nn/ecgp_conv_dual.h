/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_dual.h
 * @brief CONV_2D over int8, NHWC, dense: two output channels in each halfword of weights; max pooling of two included.
 */
#ifndef ECGP_CONV_DUAL_H
#define ECGP_CONV_DUAL_H

#include <stdint.h>

#include "ecgp_requant.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What ecgp_dual.h wants. Output positions are numbered through all rows and images, and computed four at a time: each
 * window is copied, as pairs of int16. A window is kernel_h * runs runs of `run` bytes, whose fours become pairs of
 * bytes 0 and 2, and 1 and 3; one to three bytes that are left, pairs of bytes 0 and 1, and 2.
 */
typedef struct {
    ecgp_rows window;       /**< how the kernel slides over the input */
    ecgp_requant requant;   /**< per channel; shifts -22 to -2; 128 * sum|w| + |bias| < 2^23; see ecgp_dual.h */
    int32_t pool;           /**< columns whose largest value is written, 1: no pooling; 2: output_w is even */
    int32_t runs;           /**< runs of adjacent bytes in a kernel row, 1 and more */
    int32_t run;            /**< bytes of a run, 1 and more */
    int32_t run_step;       /**< bytes from the begin of a run to that of the next */
    int32_t outputs;        /**< output channels, 2 and more */
    int32_t words;          /**< pairs of a window: kernel_h * runs * (run / 4 * 2 + (run % 4 + 1) / 2) */
    const int32_t *weights; /**< words of each two channels; an odd number begins with 0 and 1, then come 1 and 2 */
} ecgp_conv_dual_params;

/**
 * Dense convolution.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x (output_w / pool) x outputs; may overlap it as codegen/order.py says
 * @param scratch  4 * words words, then, where there are less than four positions, 4 * outputs bytes; aligned to 4
 */
void ecgp_conv_dual_s8(const ecgp_conv_dual_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_DUAL_H */
