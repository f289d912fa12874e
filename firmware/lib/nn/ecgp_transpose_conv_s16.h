/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_transpose_conv_s16.h
 * @brief TRANSPOSE_CONV over int16 by convolutions, as ecgp_transpose_conv.h does it over int8.
 */
#ifndef ECGP_TRANSPOSE_CONV_S16_H
#define ECGP_TRANSPOSE_CONV_S16_H

#include <stdint.h>

#include "ecgp_conv_s16.h"
#include "ecgp_copy.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_transpose_conv_s16(). */
typedef struct {
    ecgp_conv_s16_params conv; /**< the convolution, of stride 1 */
    ecgp_copy_params place; /**< from its output to the pixels of the phase */
    int32_t image;         /**< byte of the scratch where its output lies, a multiple of 4 */
} ecgp_transpose_conv_s16_params;

/**
 * Convolves into the scratch, and copies the pixels to their places.
 *
 * @param p        parameters
 * @param input    as ecgp_conv_s16()
 * @param output   the whole output, of which some pixels are written; does not overlap the input
 * @param scratch  that of ecgp_conv_s16(), then its output; aligned to 4
 */
void ecgp_transpose_conv_s16(const ecgp_transpose_conv_s16_params *p, const int16_t *input, int16_t *output,
                             void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_TRANSPOSE_CONV_S16_H */
