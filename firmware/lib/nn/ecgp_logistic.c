/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_logistic.c
 * @brief A byte has 256 values: the generator evaluates TFLM's fixed-point function for all of them.
 */
#include "ecgp_logistic.h"

void ecgp_logistic_s8(const ecgp_logistic_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = p->table[input[i] + 128];
    }
}
