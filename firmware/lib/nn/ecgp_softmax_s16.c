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

static void softmax_s16(const ecgp_softmax_s16_params *p, const int16_t *input, int16_t *output)
{
    int32_t largest = input[0];
    int32_t sum = 0;
    const int16_t *const exponential = p->exponential;
    const int32_t multiplier = p->multiplier;
    const int32_t times = 2 * (1 << (p->shift > 0 ? p->shift : 0)); /* of 65535: less than 2^31 */
    const int32_t right = p->shift > 0 ? 0 : -p->shift;
    const int32_t half = right > 0 ? (int32_t)(1u << (right - 1)) : 0;
    const int32_t ties = right > 0 ? -1 : 0;

    for (int32_t c = 1; c < p->classes; c++) {
        largest = input[c] > largest ? input[c] : largest;
    }
    for (int32_t c = 0; c < p->classes; c++) {
        const int32_t doubled = (input[c] - largest) * times;
        const int32_t steps = (ecgp_smmulr(doubled, multiplier) + (ties & (doubled >> 31)) + half) >> right;

        output[c] = lookup(exponential, steps < -65535 ? -32768 : steps + 32767);
        sum += output[c];
    }
    ECGP_ASSERT(sum >= (1 << 14));

    const int32_t zeros = ecgp_leading_zeros((uint32_t)sum);
    const int32_t bits = 31 - zeros;
    const int32_t mantissa = (int32_t)((((uint32_t)sum << (zeros - 1)) + (1u << 13)) >> 14); /* 2^16 to 2^17: 1 + x */
    const int32_t reciprocal = lookup(p->reciprocal, ecgp_clamp(mantissa - ((1 << 15) + (1 << 16)), -32768, 32767));

    for (int32_t c = 0; c < p->classes; c++) {
        const int32_t scaled = (output[c] * reciprocal + (1 << (bits - 1))) >> bits; /* at most 2^30 + 2^29 before */

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
