/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_softmax_s16.c
 * @brief TFLM's integers: exponentials and the reciprocal of their sum are interpolated in tables.
 *
 * The largest exponential is nearly 1, so the sum is 2^14 or more, and less than 2^31 for 65535 classes.
 */
#include "ecgp_softmax_s16.h"

#include "ecgp_compiler.h"
#include "ecgp_helium_factor.h"
#include "ecgp_requant.h"

/** The table's value at -32768 to 32767, between two of its 513 entries: 9 bits find them, 7 lie between. */
static int16_t lookup(const int16_t *table, int32_t at)
{
    const int16_t *const entry = table + ((at + 32768) >> 7);
    const int32_t slope = (int16_t)(entry[1] - entry[0]);

    return (int16_t)(entry[0] + ((slope * (at & 127) + 64) >> 7));
}

/** 2^(30 + 31 - zeros) / sum, of which `zeros` bits lead. */
static int32_t reciprocal_of(const ecgp_softmax_s16_params *p, int32_t sum, int32_t zeros)
{
    const int32_t mantissa = (int32_t)((((uint32_t)sum << (zeros - 1)) + (1u << 13)) >> 14); /* 2^16 to 2^17: 1 + x */

    ECGP_ASSERT(sum >= (1 << 14));
    return lookup(p->reciprocal, ecgp_clamp(mantissa - ((1 << 15) + (1 << 16)), -32768, 32767));
}

#if ECGP_HELIUM

/** lookup() of four values. */
static inline int32x4_t lookup_four(const int16_t *table, int32x4_t at)
{
    const uint32x4_t entry = vreinterpretq_u32_s32(vaddq_n_s32(vshrq_n_s32(at, 7), 256));
    const int32x4_t low = vldrhq_gather_shifted_offset_s32(table, entry);
    const int32x4_t high = vldrhq_gather_shifted_offset_s32(table + 1, entry);
    const int32x4_t part = vandq_s32(at, vdupq_n_s32(127));

    return vaddq_s32(low, vrshrq_n_s32(vmulq_s32(vsubq_s32(high, low), part), 7));
}

static inline int32_t largest_of(const int16_t *input, int32_t count)
{
    int16_t largest = INT16_MIN;

    for (int32_t left = count; left > 0; left -= 8) {
        const mve_pred16_t valid = vctp16q((uint32_t)left);

        largest = vmaxvq_p_s16(largest, vldrhq_z_s16(input, valid), valid);
        input += 8;
    }
    return largest;
}

static inline int32_t exponentials(const ecgp_softmax_s16_params *p, const int16_t *input, int32_t largest, int16_t *output)
{
    const int16_t *const table = p->exponential;
    const int32_t multiplier = p->multiplier;
    const int32_t shift = p->shift;
    int32_t sum = 0;

    for (int32_t left = p->classes; left > 0; left -= 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)left);
        const int32x4_t difference = vsubq_n_s32(vldrhq_z_s32(input, valid), largest);
        const int32x4_t steps = vaddq_n_s32(ecgp_helium_scaled_any(difference, multiplier, shift), 32767);
        const int32x4_t value = lookup_four(table, ecgp_helium_clamp(steps, -32768, 32767));

        vstrhq_p_s32(output, value, valid);
        sum = vaddvaq_p_s32(sum, value, valid);
        input += 4;
        output += 4;
    }
    return sum;
}

static inline void multiply(int16_t *output, int32_t count, int32_t reciprocal, int32_t right)
{
    for (int32_t left = count; left > 0; left -= 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)left);
        const int32x4_t scaled = vrshlq_n_s32(vmulq_n_s32(vldrhq_z_s32(output, valid), reciprocal), -right);

        vstrhq_p_s32(output, ecgp_helium_clamp(scaled, 0, 32767), valid);
        output += 4;
    }
}

static void softmax_s16(const ecgp_softmax_s16_params *p, const int16_t *input, int16_t *output)
{
    const int32_t sum = exponentials(p, input, largest_of(input, p->classes), output);
    const int32_t zeros = ecgp_leading_zeros((uint32_t)sum);

    multiply(output, p->classes, reciprocal_of(p, sum, zeros), 31 - zeros);
}

#else

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
        const int32_t tie = ties & -(int32_t)((uint32_t)doubled >> 31);
        const int32_t steps = (ecgp_smmulr(doubled, multiplier) + tie + half) >> right;

        output[c] = lookup(exponential, steps < -65535 ? -32768 : steps + 32767);
        sum += output[c];
    }
    const int32_t zeros = ecgp_leading_zeros((uint32_t)sum);
    const int32_t bits = 31 - zeros;
    const int32_t reciprocal = reciprocal_of(p, sum, zeros);

    for (int32_t c = 0; c < p->classes; c++) {
        const int32_t scaled = (output[c] * reciprocal + (1 << (bits - 1))) >> bits; /* at most 2^30 + 2^29 before */

        output[c] = (int16_t)ecgp_clamp(scaled, 0, 32767);
    }
}

#endif

void ecgp_softmax_s16(const ecgp_softmax_s16_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->rows >= 1 && p->classes >= 1 && p->classes <= 65535 && p->shift <= 14);
    for (int32_t row = 0; row < p->rows; row++) {
        softmax_s16(p, input, output);
        input += p->classes;
        output += p->classes;
    }
}
