/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_linear.c
 * @brief See ecgp_add_linear.h. TFLM's three roundings are one here: codegen/lowering/linear_sum.py has compared both for all
 * 65536 pairs of bytes.
 *
 * A byte as the upper half of an int16 is 256 times its value, so SMLAWB and SMLAWT, which multiply 32 by 16 bits and drop
 * 16, take it as AND leaves it: two operands cost 19 instructions for four elements, loads and stores besides.
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

/** The sum of two elements, which are the upper or lower ("t" or "b") halves of the words a and b. */
#define ECGP_ADD_LINEAR(sum, half, a, b)                 \
    __asm__("smlaw" half " %0, %1, %2, %3\n\t"           \
            "smlaw" half " %0, %4, %5, %0\n\t"           \
            "ssat %0, #8, %0, asr #" ECGP_TEXT(SHIFT)    \
            : "=&r"(sum)                                 \
            : "r"(a_factor), "r"(a), "r"(offset), "r"(b_factor), "r"(b))

/** Four elements at once, outputs of the whole range; returns how many. */
static int32_t add_fours(const ecgp_add_linear_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    const int32_t count = p->size & ~3;
    const int32_t a_factor = p->a_factor;
    const int32_t b_factor = p->b_factor;
    const int32_t offset = p->offset;
    const uint32_t mask = 0xff00ff00u;

    for (const int8_t *const end = output + count; output != end; output += 4) {
        const uint32_t from_a = ecgp_load4(a);
        const uint32_t from_b = ecgp_load4(b);
        const uint32_t even_a = (from_a << 8) & mask;
        const uint32_t even_b = (from_b << 8) & mask;
        const uint32_t odd_a = from_a & mask;
        const uint32_t odd_b = from_b & mask;
        int32_t sum0;
        int32_t sum1;
        int32_t sum2;
        int32_t sum3;

        a += 4;
        b += 4;
        ECGP_ADD_LINEAR(sum0, "b", even_a, even_b);
        ECGP_ADD_LINEAR(sum1, "b", odd_a, odd_b);
        ECGP_ADD_LINEAR(sum2, "t", even_a, even_b);
        ECGP_ADD_LINEAR(sum3, "t", odd_a, odd_b);
        output[0] = (int8_t)sum0;
        output[1] = (int8_t)sum1;
        output[2] = (int8_t)sum2;
        output[3] = (int8_t)sum3;
    }
    return count;
}

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
