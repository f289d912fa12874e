/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_helium.h
 * @brief CONV_2D over int8, NHWC, on Helium, dense and sparse; max pooling of two columns included.
 */
#ifndef ECGP_CONV_HELIUM_H
#define ECGP_CONV_HELIUM_H

#include <stdint.h>

#include "ecgp_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What the positions of a tile read. A position's field, all that its window reads, must lie in one piece: where it
 * does so in the input (kernel one row high, no dilation), tiles run along output rows and only those that hang over the
 * input's edge are copied, padding included. Otherwise the fields of every tile are copied, one after the other.
 */
typedef struct {
    ecgp_window window;    /**< how the kernel slides over the input */
    int32_t pool;          /**< columns whose largest value is written, 1: no pooling; 2: output_w is even */
    int32_t outputs;       /**< output channels, 1 and more */
    int32_t depth;         /**< bytes of a field, kernel_h * kernel_w * input_c */
    int32_t step;          /**< bytes from a position's field to the next one's, 1 and more; depth and more where collect is 1 */
    int32_t collect;       /**< 1: fields are copied; 0: they lie in the input, step is stride_w * input_c */
} ecgp_helium_conv;

/**
 * Parameters of ecgp_conv_helium_s8(). Where fields of one row lie in the input, they are read there; the last chunk may
 * read beyond them, into the input. All others are copied, each on a multiple of 16 bytes.
 */
typedef struct {
    ecgp_window window;    /**< how the kernel slides over the input */
    int32_t zero_point;    /**< of the output, -128 to 127 */
    int32_t min;           /**< lowest output, -128 to 127: the fused activation */
    int32_t max;           /**< highest output, min to 127 */
    int32_t pool;          /**< columns whose largest value is written, 1: no pooling; 2: output_w is even */
    int32_t outputs;       /**< output channels, 1 and more */
    int32_t chunks;        /**< bytes of a field, kernel_h * kernel_w * input_c, by 16, rounded up */
    int32_t collect;       /**< 1: fields are copied; 0: they lie in the input */
    const int32_t *stream; /**< see ecgp_helium_dense.h; the last group ends with the last channel */
} ecgp_conv_helium_params;

/** Parameters of ecgp_conv_sparse_blocks_gather_s8(). */
typedef struct {
    ecgp_helium_conv conv; /**< window and fields; step is a multiple of 4 */
    int32_t zero_point;    /**< of the output, -128 to 127 */
    int32_t min;           /**< lowest output, -128 to 127: the fused activation */
    int32_t max;           /**< highest output, min to 127 */
    int32_t spare;         /**< bytes of scratch before the outputs of a tile that is not written at once */
    const int32_t *stream; /**< see ecgp_helium_gather.h; the last four channels end with the last one */
} ecgp_conv_gather_params;

/**
 * Dense convolution.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x input_c
 * @param output   batches x output_h x (output_w / pool) x outputs; does not overlap the input
 * @param scratch  copied fields: 3 * pool, each chunks * 16 bytes; where collect is 0, they lie as in the input, chunks * 16
 *                 bytes from the last one on. NULL where all fields lie in the input and are whole chunks
 */
void ecgp_conv_helium_s8(const ecgp_conv_helium_params *p, const int8_t *input, int8_t *output, void *scratch);

/**
 * The same over the 1x4 blocks of weights that are not zero.
 *
 * @param p        parameters
 * @param input    as ecgp_conv_helium_s8(), aligned to 4; so is conv.step
 * @param output   as ecgp_conv_helium_s8()
 * @param scratch  copied fields, ECGP_HELIUM_TILE * step, or 5 * step plus depth, bytes; from `spare` on, where a row is
 *                 shorter than a tile or has fewer than four channels, ECGP_HELIUM_TILE * outputs bytes, four at least.
 *                 Aligned to 4; NULL where neither is needed
 */
void ecgp_conv_sparse_blocks_gather_s8(const ecgp_conv_gather_params *p, const int8_t *input, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_HELIUM_H */
