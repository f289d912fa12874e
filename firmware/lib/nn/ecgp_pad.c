/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pad.c
 * @brief Fills the output with the pad value, then copies the input's rows into it.
 */
#include "ecgp_pad.h"

#include <string.h>

#include "ecgp_compiler.h"

void ecgp_pad_s8(const ecgp_pad_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->value >= -128 && p->value <= 127);
    memset(output, p->value, (size_t)p->output_bytes);
    for (int32_t i = 0; i < p->size0; i++) {
        for (int32_t j = 0; j < p->size1; j++) {
            const int32_t plane = (i + p->before0) * p->output1 + j + p->before1;

            for (int32_t k = 0; k < p->size2; k++) {
                const int32_t row = plane * p->output2 + k + p->before2;

                memcpy(output + row * p->output3 + p->before3, input, (size_t)p->size3);
                input += p->size3;
            }
        }
    }
}
