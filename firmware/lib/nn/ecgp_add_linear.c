/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_linear.c
 * @brief See ecgp_add_linear.h. TFLM's three roundings are one here: codegen/lowering/linear_sum.py has compared both for all
 * 65536 pairs of bytes.
 */
#include "ecgp_add_linear.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

#define SHIFT 20

/** A factor in two parts: bits 16 and up times 2^8, and the lower 16. Their products fit int32. */
typedef struct {
    int32_t high;
    int32_t low;
} parts;

static inline parts parts_of(int32_t factor)
{
    const int32_t low = factor & 0xffff;
    const parts found = {(factor - low) / 256, low};

    return found;
}

/** value * factor / 2^8, rounded down. */
static inline int32_t scaled(int32_t value, const parts *f)
{
    return value * f->high + ((value * f->low) >> 8);
}

/** One element after the other. */
static void add_each(const ecgp_add_linear_params *p, const int8_t *a, const int8_t *b, int8_t *output, int32_t count)
{
    const parts fa = parts_of(p->a_factor);
    const parts fb = parts_of(p->b_factor);
    const int32_t offset = p->offset;
    const int32_t min = p->min;
    const int32_t max = p->max;

    for (const int8_t *const end = output + count; output != end;) {
        *output++ = (int8_t)ecgp_clamp((scaled(*a++, &fa) + scaled(*b++, &fb) + offset) >> SHIFT, min, max);
    }
}

#if ECGP_DSP && ECGP_GNU

#include "ecgp_add_linear_asm.h"

#endif

void ecgp_add_linear_s8(const ecgp_add_linear_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    int32_t done = 0;

    ECGP_ASSERT(p->size >= 1 && p->min >= -128 && p->min <= p->max && p->max <= 127);
#if ECGP_DSP && ECGP_GNU
    if (p->min == -128 && p->max == 127) {
        done = add_fours(p, a, b, output);
    }
#endif
    add_each(p, a + done, b + done, output + done, p->size - done);
}
