/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_softmax_many.c
 * @brief Softmax of int8 over up to 4095 classes. By itself, so that the compiler puts the row into each kernel.
 */
#include "ecgp_softmax_many.h"

#include "ecgp_compiler.h"

#define ECGP_SOFTMAX_MANY 1
#include "ecgp_softmax_row.h"

void ecgp_softmax_many_s8(const ecgp_softmax_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->rows >= 1 && p->classes >= 1 && p->classes <= 4095 && p->exponential_count >= 1 && p->exponential_count <= 256);
    for (int32_t row = 0; row < p->rows; row++) {
        ecgp_softmax_row(p->exponentials, 0, 0, p->exponential_count, p->classes, input, output);
        input += p->classes;
        output += p->classes;
    }
}
