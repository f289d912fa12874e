/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_arg_max.c
 * @brief See ecgp_arg_max.h.
 */
#include "ecgp_arg_max.h"

#include "ecgp_compiler.h"

void ecgp_arg_max_s8(const ecgp_arg_max_params *p, const int8_t *input, int32_t *output)
{
    ECGP_ASSERT(p->count >= 1 && p->inner >= 1 && (p->sign == 1 || p->sign == -1));
    for (int32_t o = 0; o < p->outer; o++) {
        for (int32_t i = 0; i < p->inner; i++) {
            const int8_t *x = input + i;
            int32_t best = p->sign * *x;
            int32_t place = 0;

            for (int32_t c = 1; c < p->count; c++) {
                x += p->inner;
                if (p->sign * *x > best) {
                    best = p->sign * *x;
                    place = c;
                }
            }
            *output++ = place;
        }
        input += p->count * p->inner;
    }
}
