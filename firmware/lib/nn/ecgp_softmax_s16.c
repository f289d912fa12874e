/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_softmax_s16.c
 * @brief TFLM's integers: exponentials and the reciprocal of their sum are interpolated in tables.
 *
 * The largest exponential is nearly 1, so the sum is 2^14 or more, and less than 2^31 for 65535 classes.
 */
#include "ecgp_softmax_s16.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

/** The table's value at -32768 to 32767, between two of its 513 entries: 9 bits find them, 7 lie between. */
static int16_t lookup(const int16_t *table, int32_t at)
{
    const int16_t *const entry = table + ((at >> 7) + 256);
    const int32_t slope = (int16_t)(entry[1] - entry[0]);

    return (int16_t)(entry[0] + ((slope * (at & 127) + 64) >> 7));
}

/** 31 minus the number of the highest bit that is set. value: 1 and more. */
static int32_t leading_zeros(int32_t value)
{
    int32_t zeros = 0;

    while (value < (1 << 30)) {
        value *= 2;
        zeros++;
    }
    return zeros + 1;
}

static void softmax_s16(const ecgp_softmax_s16_params *p, const int16_t *input, int16_t *output)
{
    int32_t largest = input[0];
    int32_t sum = 0;

    for (int32_t c = 1; c < p->classes; c++) {
        largest = input[c] > largest ? input[c] : largest;
    }
    for (int32_t c = 0; c < p->classes; c++) {
        const int32_t steps = ecgp_multiply(input[c] - largest, p->multiplier, p->shift);

        output[c] = lookup(p->exponential, ecgp_clamp(steps + 32767, -32768, 32767));
        sum += output[c];
    }
    ECGP_ASSERT(sum >= (1 << 14));

    const int32_t zeros = leading_zeros(sum);
    const int32_t right = 31 - zeros;
    const int32_t mantissa = (int32_t)((((int64_t)sum << (zeros - 1)) + (1 << 13)) >> 14); /* 2^16 to 2^17: 1 + x */
    const int32_t reciprocal = lookup(p->reciprocal, ecgp_clamp(mantissa - ((1 << 15) + (1 << 16)), -32768, 32767));

    for (int32_t c = 0; c < p->classes; c++) {
        const int32_t scaled = (int32_t)(((int64_t)output[c] * reciprocal + (1 << (right - 1))) >> right);

        output[c] = (int16_t)ecgp_clamp(scaled, 0, 32767);
    }
}

void ecgp_softmax_s16(const ecgp_softmax_s16_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->rows >= 1 && p->classes >= 1 && p->classes <= 65535 && p->shift <= 14);
    for (int32_t row = 0; row < p->rows; row++) {
        softmax_s16(p, input, output);
        input += p->classes;
        output += p->classes;
    }
}
