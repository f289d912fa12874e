/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_softmax.c
 * @brief Softmax of int8, with a table of exponentials or without.
 */
#include "ecgp_softmax.h"

#include <stddef.h>

#include "ecgp_compiler.h"
#include "ecgp_softmax_row.h"

void ecgp_softmax_s8(const ecgp_softmax_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->rows >= 1 && p->classes >= 1 && p->classes <= 511 && p->exponential_count >= 1 && p->exponential_count <= 256);
    for (int32_t row = 0; row < p->rows; row++) {
        ecgp_softmax_row(p->exponentials, 0, 0, p->exponential_count, p->classes, input, output);
        input += p->classes;
        output += p->classes;
    }
}

void ecgp_softmax_computed_s8(const ecgp_softmax_computed_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->rows >= 1 && p->classes >= 1 && p->classes <= 511 && p->exponential_count >= 1 && p->exponential_count <= 256);
    ECGP_ASSERT(p->multiplier >= 0 && p->shift >= 0 && p->shift <= 30);
    ECGP_ASSERT(p->exponential_count - 1 <= INT32_MAX >> p->shift);
    for (int32_t row = 0; row < p->rows; row++) {
        ecgp_softmax_row(NULL, p->multiplier, p->shift, p->exponential_count, p->classes, input, output);
        input += p->classes;
        output += p->classes;
    }
}
