/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pool.h
 * @brief MAX_POOL_2D and AVERAGE_POOL_2D over int8, NHWC.
 */
#ifndef ECGP_POOL_H
#define ECGP_POOL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Shape of one pooling. Input and output share scale and zero point. */
typedef struct {
    int32_t batches;  /**< 1 and more */
    int32_t input_h;  /**< rows, cells */
    int32_t input_w;  /**< columns, cells */
    int32_t channels; /**< values of a cell, input and output alike */
    int32_t output_h; /**< rows, cells */
    int32_t output_w; /**< columns, cells */
    int32_t filter_h; /**< rows of the window */
    int32_t filter_w; /**< columns of the window */
    int32_t stride_h; /**< rows from one window to the next */
    int32_t stride_w; /**< columns from one window to the next */
    int32_t pad_top;  /**< rows by which the first window begins above the input; 0: none */
    int32_t pad_left; /**< columns by which the first window begins left of the input; 0: none */
    int32_t min;      /**< lowest output, -128 to 127: the fused activation */
    int32_t max;      /**< highest output, min to 127 */
} ecgp_pool_params;

/**
 * The largest value of the part of each window that lies in the input, per channel.
 *
 * @param p       parameters
 * @param input   batches x input_h x input_w x channels
 * @param output  batches x output_h x output_w x channels; may overlap it as codegen/order.py says
 */
void ecgp_max_pool_s8(const ecgp_pool_params *p, const int8_t *input, int8_t *output);

/**
 * The mean of each window's cells that lie in the input, per channel, rounded to nearest, ties away from zero.
 *
 * @param p       parameters
 * @param input   batches x input_h x input_w x channels
 * @param output  batches x output_h x output_w x channels; may overlap it as codegen/order.py says
 */
void ecgp_average_pool_s8(const ecgp_pool_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_POOL_H */
