/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_concatenation.c
 * @brief Equal scales are a condition, so concatenation only moves bytes.
 */
#include "ecgp_concatenation.h"

#include <string.h>

#include "ecgp_compiler.h"

void ecgp_concatenation_s8(const ecgp_concatenation_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->slices >= 1 && p->output_offset >= 0 && p->output_offset + p->slice_bytes <= p->output_slice_bytes);
    for (int32_t i = 0; i < p->slices; i++) {
        memcpy(output + i * p->output_slice_bytes + p->output_offset, input, (size_t)p->slice_bytes);
        input += p->slice_bytes;
    }
}

void ecgp_concatenation_constant_s8(const ecgp_concatenation_constant_params *p, int8_t *output)
{
    ecgp_concatenation_s8(&p->part, p->constant, output);
}
