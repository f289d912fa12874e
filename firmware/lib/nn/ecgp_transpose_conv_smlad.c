/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_transpose_conv_smlad.c
 * @brief See ecgp_transpose_conv_smlad.h. TFLM adds up each output's products in another order; no sum leaves int32.
 */
#include "ecgp_transpose_conv_smlad.h"

#include "ecgp_compiler.h"

void ecgp_transpose_conv_sparse_blocks_smlad_s8(const ecgp_transpose_conv_smlad_params *p, const int8_t *input,
                                                int8_t *output, void *scratch)
{
    int8_t *const image = (int8_t *)scratch + p->image;

    ECGP_ASSERT(p->image >= 0 && p->image % 4 == 0);
    ecgp_conv_sparse_blocks_smlad_s8(&p->conv, input, image, scratch);
    ecgp_copy(&p->place, image, output);
}
