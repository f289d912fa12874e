/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_resize_bilinear.h
 * @brief RESIZE_BILINEAR of an int8 tensor, NHWC. Bit-exact with TFLM's ResizeBilinearInteger().
 */
#ifndef ECGP_RESIZE_BILINEAR_H
#define ECGP_RESIZE_BILINEAR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where output pixels lie between those of the input. */
typedef struct {
    int32_t batches;        /**< 1 and more */
    int32_t batch_step;     /**< bytes of the input from one batch to the next */
    int32_t rows;           /**< of the output, 1 and more */
    int32_t columns;        /**< of the output, 1 and more */
    int32_t channels;       /**< 1 and more */
    const int32_t *row_at;  /**< [rows][3]: bytes to the input's row above and to that below, and 1024ths of the latter */
    const int32_t *column_at; /**< [columns][3]: the same for the columns on the left and on the right */
} ecgp_resize_bilinear_params;

/**
 * The mean of four pixels of the input, weighted by how near they are.
 *
 * @param p       parameters
 * @param input   batches x batch_step
 * @param output  batches x rows x columns x channels; does not overlap the input
 */
void ecgp_resize_bilinear_s8(const ecgp_resize_bilinear_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_RESIZE_BILINEAR_H */
