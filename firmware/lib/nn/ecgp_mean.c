/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_mean.c
 * @brief The division by the number of elements is part of the multiplier, so there is none here.
 */
#include "ecgp_mean.h"

#include "ecgp_compiler.h"
#include "ecgp_helium.h"
#include "ecgp_requant.h"

/** The mean of the bytes that add up to `sum`. */
static int8_t mean(const ecgp_mean_params *p, int32_t sum)
{
    const int32_t scaled = ecgp_multiply(sum + p->bias, p->multiplier, p->shift);

    return (int8_t)ecgp_clamp(scaled + p->output_zero_point, -128, 127);
}

#if ECGP_HELIUM

/** Means side by side in a vector of int16, which hold the sums of up to 255 bytes. */
#define MEANS 8
#define MOST 255

/** Means of four sums, the same bits as ecgp_multiply() gives: VQRDMULH rounds half up, VRSHL of less one if negative away. */
static int32x4_t means(const ecgp_mean_params *p, int32x4_t sum)
{
    const int32_t right = p->shift > 0 ? 0 : -p->shift;

    sum = vqrdmulhq_n_s32(vshlq_r_s32(sum, p->shift + right), p->multiplier);
    if (right != 0) {
        sum = vrshlq_n_s32(vaddq_s32(sum, vshrq_n_s32(sum, 31)), -right);
    }
    return vaddq_n_s32(sum, p->output_zero_point);
}

/** MEANS of them. */
static void eight(const ecgp_mean_params *p, const int8_t *input, int8_t *output)
{
    int32x4_t even = vdupq_n_s32(p->bias);
    int32x4_t odd = even;
    int16x8_t sums;

    for (int32_t left = p->count; left > 0; left -= MOST) {
        sums = ecgp_helium_sums(input, p->inner, left < MOST ? left : MOST);
        even = vaddq_s32(even, vmovlbq_s16(sums));
        odd = vaddq_s32(odd, vmovltq_s16(sums));
        input += MOST * p->inner;
    }
    sums = vqmovntq_s32(vqmovnbq_s32(vdupq_n_s16(0), means(p, even)), means(p, odd));
    vstrbq_s16(output, vreinterpretq_s16_s8(vqmovnbq_s16(vreinterpretq_s8_s16(sums), sums)));
}

/** As many as vectors hold, the last ones moved back to end with the row; how many that are: all or none. */
static int32_t vectors(const ecgp_mean_params *p, const int8_t *input, int8_t *output)
{
    if (p->inner < MEANS) {
        return 0;
    }
    for (int32_t i = 0; i < p->inner; i += MEANS) {
        const int32_t first = i <= p->inner - MEANS ? i : p->inner - MEANS;

        eight(p, input + first, output + first);
    }
    return p->inner;
}

#elif ECGP_DSP

/** Means side by side in two words of two int16, which hold the sums of up to 255 bytes. */
#define MEANS 4
#define MOST 255

/** As many as fit, four at a time; how many that are. */
static int32_t vectors(const ecgp_mean_params *p, const int8_t *input, int8_t *output)
{
    int32_t i = 0;

    for (; p->count <= MOST && i + MEANS <= p->inner; i += MEANS) {
        const int8_t *x = input + i;
        uint32_t even = 0;
        uint32_t odd = 0;

        for (int32_t n = p->count; n > 0; n--) {
            const uint32_t four = ecgp_load4(x);

            even = ecgp_sxtab16(even, four);
            odd = ecgp_sxtab16_ror8(odd, four);
            x += p->inner;
        }
        *output++ = mean(p, (int16_t)even);
        *output++ = mean(p, (int16_t)odd);
        *output++ = mean(p, (int16_t)(even >> 16));
        *output++ = mean(p, (int16_t)(odd >> 16));
    }
    return i;
}

#else

static int32_t vectors(const ecgp_mean_params *p, const int8_t *input, int8_t *output)
{
    (void)p;
    (void)input;
    (void)output;
    return 0;
}

#endif

void ecgp_mean_s8(const ecgp_mean_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->outer >= 1 && p->count >= 1 && p->count < (1 << 23) && p->inner >= 1);
    for (int32_t o = 0; o < p->outer; o++) {
        const int32_t done = vectors(p, input, output);

        output += done;
        for (int32_t i = done; i < p->inner; i++) {
            int32_t sum = 0;

            for (int32_t n = 0; n < p->count; n++) {
                sum += input[n * p->inner + i];
            }
            *output++ = mean(p, sum);
        }
        input += p->count * p->inner;
    }
}

void ecgp_mean_s16(const ecgp_mean_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->outer >= 1 && p->count >= 1 && p->count <= 65535 && p->inner >= 1);
    ECGP_ASSERT(p->bias == 0 && p->output_zero_point == 0);
    for (int32_t o = 0; o < p->outer; o++) {
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t sum = 0;

            for (int32_t n = 0; n < p->count; n++) {
                sum += input[n * p->inner + i];
            }
            *output++ = (int16_t)ecgp_clamp(ecgp_multiply(sum, p->multiplier, p->shift), -32768, 32767);
        }
        input += p->count * p->inner;
    }
}
