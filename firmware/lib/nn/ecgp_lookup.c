/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_lookup.c
 * @brief A byte has 256 values: the generator evaluates TFLM's function for all of them.
 */
#include "ecgp_lookup.h"

#include "ecgp_compiler.h"

#if ECGP_HELIUM

#include <arm_mve.h>

/** Sixteen at a time: a vector of bytes gathers the bytes that it points to. The last vector is a part of one. */
static void look_up(const int8_t *table, const uint8_t *input, int8_t *output, int32_t size)
{
    for (int32_t left = size; left > 0; left -= 16) {
        const mve_pred16_t valid = vctp8q((uint32_t)left);

        vstrbq_p_s8(output, vldrbq_gather_offset_z_s8(table, vldrbq_z_u8(input, valid), valid), valid);
        input += 16;
        output += 16;
    }
}

#else

static void look_up(const int8_t *table, const uint8_t *input, int8_t *output, int32_t size)
{
    for (const uint8_t *const end = input + size; input != end; input++) {
        *output++ = table[*input];
    }
}

#endif

void ecgp_lookup_s8(const ecgp_lookup_params *p, const void *input, void *output)
{
    ECGP_ASSERT(p->size >= 1);
    look_up(p->table, (const uint8_t *)input, (int8_t *)output, p->size);
}
