/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_transpose_conv_s16.c
 * @brief See ecgp_transpose_conv_s16.h. TFLM adds up each output's products in another order; no sum leaves 64 bits.
 */
#include "ecgp_transpose_conv_s16.h"

#include "ecgp_compiler.h"

void ecgp_transpose_conv_s16(const ecgp_transpose_conv_s16_params *p, const int16_t *input, int16_t *output,
                             void *scratch)
{
    void *const image = (int8_t *)scratch + p->image;

    ECGP_ASSERT(p->image >= 0 && p->image % 4 == 0);
    ecgp_conv_s16(&p->conv, input, image, scratch);
    ecgp_copy(&p->place, image, output);
}
