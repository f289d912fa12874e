/**
 * @file ep_mean.c
 * @brief The division by the number of elements is part of the multiplier, so there is none here.
 */
#include "ep_mean.h"

#include "ep_requant.h"

void ep_mean_s8(const ep_mean_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t o = 0; o < p->outer; o++) {
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t sum = p->bias;

            for (int32_t n = 0; n < p->count; n++) {
                sum += input[n * p->inner + i];
            }
            sum = ep_multiply(sum, p->multiplier, p->shift) + p->output_zero_point;
            *output++ = (int8_t)ep_clamp(sum, -128, 127);
        }
        input += p->count * p->inner;
    }
}
