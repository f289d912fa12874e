/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_sum.h
 * @brief One sum of two addends of any scales: what the kernels of ADD have in common.
 */
#ifndef ECGP_ADD_SUM_H
#define ECGP_ADD_SUM_H

#include <stdint.h>

#include "ecgp_add.h"
#include "ecgp_requant.h"

/** a + b in the output's quantization. extra: the factor that gives both extra bits before they are scaled. */
static inline int32_t ecgp_add_sum(const ecgp_add_params *p, int32_t a, int32_t b, int32_t extra)
{
    const int32_t scaled_a = ecgp_multiply((a - p->a_zero_point) * extra, p->a_multiplier, p->a_shift);
    const int32_t scaled_b = ecgp_multiply((b - p->b_zero_point) * extra, p->b_multiplier, p->b_shift);
    const int32_t scaled = ecgp_multiply(scaled_a + scaled_b, p->output_multiplier, p->output_shift);

    return ecgp_clamp(scaled + p->output_zero_point, p->min, p->max);
}

#endif /* ECGP_ADD_SUM_H */
