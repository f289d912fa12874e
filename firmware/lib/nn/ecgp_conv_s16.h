/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_s16.h
 * @brief CONV_2D over int16 with int8 weights, NHWC, dense. Bit-exact with TFLM's reference kernel.
 */
#ifndef ECGP_CONV_S16_H
#define ECGP_CONV_S16_H

#include <stdint.h>

#include "ecgp_requant_s16.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_conv_s16(). */
typedef struct {
    ecgp_staged_window staged; /**< how the kernel slides over the input; input_c is in bytes, two for each channel */
    ecgp_requant_s16 requant;  /**< groups * group_outputs output channels */
    int32_t wide;          /**< 1: the sums need 64 bits; 0: 32768 * sum|w| < 2^31 for every output channel */
    int32_t groups;        /**< 1; more for a grouped convolution: channels are split, each output sees one part */
    int32_t group_inputs;  /**< input channels of a group, 1 and more */
    int32_t group_outputs; /**< output channels of a group, 1 and more */
    int32_t runs;          /**< runs of adjacent weights in a kernel row whose inputs are adjacent too */
    int32_t run_step;      /**< elements from the input of one run to that of the next, 0 and more */
    int32_t run_length;    /**< weights in a run, 1 and more */
    const int8_t *weights; /**< [output channel][kernel row][run][run_length], each run as ecgp_sums_s16.h says */
} ecgp_conv_s16_params;

/**
 * Dense convolution.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x channels
 * @param output   batches x output_h x output_w x (groups * group_outputs); does not overlap the input
 * @param scratch  see ecgp_tile_input()
 */
void ecgp_conv_s16(const ecgp_conv_s16_params *p, const int16_t *input, int16_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_S16_H */
