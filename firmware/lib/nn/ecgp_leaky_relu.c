/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_leaky_relu.c
 * @brief Each half has a factor of its own, with two roundings.
 */
#include "ecgp_leaky_relu.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

void ecgp_leaky_relu_s16(const ecgp_leaky_relu_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->shift <= 15 && p->slope_shift <= 15);
    for (int32_t i = 0; i < p->size; i++) {
        const int32_t x = input[i];
        const int32_t scaled =
            x >= 0 ? ecgp_multiply(x, p->multiplier, p->shift) : ecgp_multiply(x, p->slope_multiplier, p->slope_shift);

        output[i] = (int16_t)ecgp_clamp(scaled, -32768, 32767);
    }
}
