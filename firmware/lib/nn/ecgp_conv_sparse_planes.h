/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_sparse_planes.h
 * @brief CONV_2D over int8, NHWC, on Helium, by its nonzero weights; kernels one row high. Max pooling of two columns included.
 */
#ifndef ECGP_CONV_SPARSE_PLANES_H
#define ECGP_CONV_SPARSE_PLANES_H

#include <stdint.h>

#include "ecgp_requant.h"
#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Positions of an output row that are computed at once; ecgprune/codegen/kernels/planes.py must say the same. */
#define ECGP_PLANES_TILE 24

/** Parameters of ecgp_conv_sparse_planes_s8(). */
typedef struct {
    ecgp_window window;      /**< kernel_h and stride_w are 1 */
    ecgp_requant requant;    /**< per_channel is 1; shifts -31 to -1; 128 * sum|w| + |bias| < 2^23 - 2^16 */
    int32_t pool;            /**< columns whose largest value is written, 1: no pooling; 2: output_w is even */
    int32_t outputs;         /**< output channels, 1 and more */
    int32_t pitch;           /**< bytes of a plane, ECGP_PLANES_TILE + (kernel_w - 1) * dilation_w and more */
    const uint16_t *counts;  /**< of each output channel: groups of three weights, groups of two; |w| of a group: together 254 at most */
    const int32_t *entries;  /**< theirs, offset << 16 | (weight & 65535); offset: input channel * pitch + column */
} ecgp_conv_sparse_planes_params;

/**
 * Convolution over the nonzero weights.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x (output_w / pool) x outputs; does not overlap the input
 * @param scratch  pitch * input_c bytes: the pixels that ECGP_PLANES_TILE positions read, channel after channel
 */
void ecgp_conv_sparse_planes_s8(const ecgp_conv_sparse_planes_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_SPARSE_PLANES_H */
