/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_transpose_conv_dual.h
 * @brief TRANSPOSE_CONV over int8 by dense convolutions (ecgp_conv_dual.h), into pixels that do not lie side by side.
 *
 * See ecgp_transpose_conv_smlad.h.
 */
#ifndef ECGP_TRANSPOSE_CONV_DUAL_H
#define ECGP_TRANSPOSE_CONV_DUAL_H

#include <stdint.h>

#include "ecgp_conv_dual.h"
#include "ecgp_copy.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_transpose_conv_dual_s8(). */
typedef struct {
    ecgp_conv_dual_params conv; /**< the convolution, of stride 1 */
    ecgp_copy_params place;     /**< from its output to the pixels of the phase */
    int32_t image;              /**< byte of the scratch where its output lies, a multiple of 4 */
} ecgp_transpose_conv_dual_params;

/**
 * Convolves into the scratch, and copies the pixels to their places.
 *
 * @param p        parameters
 * @param input    as ecgp_conv_dual_s8()
 * @param output   the whole output, of which some pixels are written; does not overlap the input
 * @param scratch  that of ecgp_conv_dual_s8(), then its output; aligned to 4
 */
void ecgp_transpose_conv_dual_s8(const ecgp_transpose_conv_dual_params *p, const int8_t *input, int8_t *output,
                                 void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_TRANSPOSE_CONV_DUAL_H */
