/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_linear.c
 * @brief See ecgp_add_linear.h. TFLM's three roundings are one here: codegen/lowering/linear_sum.py has compared both for all
 * 65536 pairs of bytes.
 */
#include "ecgp_add_linear.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

#define SHIFT 21

#if ECGP_HELIUM

#include "ecgp_add_linear_helium_asm.h"

#else

/** One element after the other. */
static void add_each(const ecgp_add_linear_params *p, const int8_t *a, const int8_t *b, int8_t *output, int32_t count)
{
    const int32_t a_factor = p->a_factor;
    const int32_t b_factor = p->b_factor;
    const int32_t offset = p->offset;
    const int32_t min = p->min;
    const int32_t max = p->max;

    for (const int8_t *const end = output + count; output != end;) {
        *output++ = (int8_t)ecgp_clamp((*a++ * a_factor + *b++ * b_factor + offset) >> SHIFT, min, max);
    }
}

#if ECGP_DSP && ECGP_GNU

#include "ecgp_add_linear_asm.h"

#endif

static void add_all(const ecgp_add_linear_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    int32_t done = 0;

#if ECGP_DSP && ECGP_GNU
    if (p->min == -128 && p->max == 127) {
        done = add_fours(p, a, b, output);
    }
#endif
    add_each(p, a + done, b + done, output + done, p->size - done);
}

#endif

void ecgp_add_linear_s8(const ecgp_add_linear_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    ECGP_ASSERT(p->size >= 1 && p->min >= -128 && p->min <= p->max && p->max <= 127);
    ECGP_ASSERT(p->a_factor > -(1 << 23) && p->a_factor < (1 << 23));
    ECGP_ASSERT(p->b_factor > -(1 << 23) && p->b_factor < (1 << 23));
    add_all(p, a, b, output);
}
