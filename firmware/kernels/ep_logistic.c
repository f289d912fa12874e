/**
 * @file ep_logistic.c
 * @brief A byte has 256 values: the generator evaluates TFLM's fixed-point function for all of them.
 */
#include "ep_logistic.h"

void ep_logistic_s8(const ep_logistic_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < p->size; i++) {
        output[i] = p->table[input[i] + 128];
    }
}
