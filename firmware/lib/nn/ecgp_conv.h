/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv.h
 * @brief CONV_2D over int8, NHWC, dense and sparse. Bit-exact with TFLM's reference kernel.
 */
#ifndef ECGP_CONV_H
#define ECGP_CONV_H

#include <stdint.h>

#include "ecgp_requant.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_conv_s8(). */
typedef struct {
    ecgp_staged_window staged; /**< how the kernel slides over the input */
    ecgp_requant requant;  /**< shifts -31 to 30 */
    int32_t groups;        /**< 1; more for a grouped convolution: channels are split, each output sees one part */
    int32_t group_inputs;  /**< input channels of a group, 1 and more */
    int32_t group_outputs; /**< output channels of a group, 1 and more */
    int32_t runs;          /**< runs of adjacent weights in a kernel row whose inputs are adjacent too */
    int32_t run_step;      /**< bytes from the input of one run to that of the next, 0 and more */
    int32_t run_length;    /**< weights in a run, 1 and more */
    const int8_t *weights; /**< [output channel][kernel row][run][run_length], TFLite's OHWI order */
} ecgp_conv_params;

/** Parameters of ecgp_conv_sparse_s8(). */
typedef struct {
    ecgp_staged_window staged; /**< how the kernel slides over the input */
    ecgp_requant requant;   /**< shifts -31 to 30 */
    int32_t outputs;        /**< output channels, 1 and more */
    const uint16_t *counts; /**< entries of each output channel, 0 to 65535 */
    const uint8_t *entries; /**< (delta, weight) pairs, one output channel after the other; see ecgp_sparse.h */
} ecgp_conv_sparse_params;

/**
 * Dense convolution.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x output_w x (groups * group_outputs); may overlap it as codegen/order.py says
 * @param scratch  see ecgp_tile_input()
 */
void ecgp_conv_s8(const ecgp_conv_params *p, const int8_t *input, int8_t *output, void *scratch);

/**
 * Convolution that visits the nonzero weights only; also grouped and depthwise ones, as an entry's offset says which
 * input channel it reads.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x output_w x outputs; may overlap it as codegen/order.py says
 * @param scratch  see ecgp_tile_input()
 */
void ecgp_conv_sparse_s8(const ecgp_conv_sparse_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_H */
