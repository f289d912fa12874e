/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_helium.c
 * @brief See ecgp_fully_connected_helium.h, ecgp_helium.h for sums by VMLADAVA, ecgp_helium_rescale.h for the rounding.
 *
 * 16 inputs are loaded once and multiplied with the weights of four outputs: five loads of two cycles, beside which four
 * VMLADAVA cost nothing, so 64 products take ten cycles.
 */
#include "ecgp_fully_connected_helium.h"

#include "ecgp_compiler.h"
#include "ecgp_helium_rescale.h"

/** Outputs that share one load of inputs; ecgprune/codegen/kernels/helium.py must say the same. */
#define OUTPUTS 4

/** Whether all fields are within their ranges. For ECGP_ASSERT. */
static inline ECGP_UNUSED int is_valid(const ecgp_fully_connected_helium_params *p)
{
    const int range = p->zero_point >= -128 && p->zero_point <= 127 && p->min >= -128 && p->min <= p->max && p->max <= 127;

    return range && p->rows >= 1 && p->depth >= 1 && p->outputs >= 1 && ((uintptr_t)p->stream & 3u) == 0u;
}

#if ECGP_HELIUM

#include "ecgp_fully_connected_helium_asm.h"

/** Four sums times their factors, for shifts that may be to the left, or for powers of two. */
static inline int32x4_t scaled(int32x4_t value, const int32_t *factors, int32_t left)
{
    const int32x4_t multiplier = vldrwq_s32(factors + OUTPUTS);
    const int32x4_t shift = vldrwq_s32(factors + 2 * OUTPUTS);

    value = vaddq_s32(value, vldrwq_s32(factors));
    if (left != 0) {
        const int32x4_t right = vminq_s32(shift, vdupq_n_s32(0));

        value = vshlq_s32(value, vsubq_s32(shift, right));
        value = vqrdmulhq_s32(value, multiplier);
        value = vaddq_s32(value, vshrq_n_s32(vandq_s32(value, right), 31)); /* without a shift there is no tie */
        return vrshlq_s32(value, right);
    }
    value = vqrdmulhq_s32(value, multiplier);
    return vqrdmulhq_s32(vaddq_s32(value, vshrq_n_s32(value, 31)), shift);
}

/** A row of outputs. */
static inline void row_of(const ecgp_fully_connected_helium_params *p, const int8_t *input, int8_t *output)
{
    const int32_t chunks = (p->depth - 1) >> 4; /* but the last */
    const int32_t tail = p->depth - chunks * 16;
    const int32_t zero_point = p->zero_point;
    const int32_t left = p->left;
    const int32x4_t min = vdupq_n_s32(p->min);
    const int32x4_t max = vdupq_n_s32(p->max);
    const int32_t *stream = p->stream;
    int32_t count = p->outputs;

    if (left == 0 && count >= OUTPUTS) {
        ecgp_helium_fours(input, &stream, tail, chunks, count / OUTPUTS, vdupq_n_s32(zero_point), min, max, &output);
        count %= OUTPUTS;
    }
    for (; count > 0; count -= OUTPUTS) {
        int32x4_t value = ecgp_helium_four_sums(input, &stream, tail, chunks);

        value = vaddq_n_s32(scaled(value, stream, left), zero_point);
        vstrbq_p_s32(output, vminq_s32(vmaxq_s32(value, min), max), vctp32q((uint32_t)count));
        stream += 3 * OUTPUTS;
        output += OUTPUTS;
    }
}

#else

/** A row of outputs. */
static void row_of(const ecgp_fully_connected_helium_params *p, const int8_t *input, int8_t *output)
{
    const int32_t chunks = (p->depth + 15) >> 4;
    const int32_t *stream = p->stream;

    for (int32_t c = 0; c < p->outputs; c++) {
        const int8_t *const w = (const int8_t *)stream + c % OUTPUTS * 16;
        const int32_t *const factors = stream + OUTPUTS * 4 * chunks + c % OUTPUTS;
        int32_t value = factors[0];

        for (int32_t i = 0; i < p->depth; i++) {
            value += w[(i >> 4) * 16 * OUTPUTS + (i & 15)] * input[i];
        }
        if (p->left != 0) {
            value = ecgp_multiply(value, factors[OUTPUTS], factors[2 * OUTPUTS]);
        } else {
            const int64_t half = INT64_C(1) << 30;

            value = (int32_t)(((int64_t)value * factors[OUTPUTS] + half) >> 31);
            value -= value < 0 ? 1 : 0; /* ties away from zero */
            value = (int32_t)(((int64_t)value * factors[2 * OUTPUTS] + half) >> 31);
        }
        output[c] = (int8_t)ecgp_clamp(value + p->zero_point, p->min, p->max);
        stream += c % OUTPUTS == OUTPUTS - 1 ? OUTPUTS * 4 * chunks + 3 * OUTPUTS : 0;
    }
}

#endif

void ecgp_fully_connected_helium_s8(const ecgp_fully_connected_helium_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(is_valid(p));
    for (int32_t row = 0; row < p->rows; row++) {
        row_of(p, input, output);
        input += p->depth;
        output += p->outputs;
    }
}
