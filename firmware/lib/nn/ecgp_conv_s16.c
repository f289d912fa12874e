/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_s16.c
 * @brief See ecgp_conv_s16.h. Four weights are loaded at once and multiplied at ECGP_TILE adjacent positions.
 */
#include "ecgp_conv_s16.h"

#include "ecgp_compiler.h"
#include "ecgp_sums_s16.h"

/** Adds the products of one to three weights to the sums at ECGP_TILE positions, `step` elements apart. */
static ECGP_NOINLINE void conv_rest_s16(const int8_t *w, const int16_t *x, int32_t step, int32_t length, int32_t *sums)
{
    int32_t sum0 = sums[0];
    int32_t sum1 = sums[1];
    int32_t sum2 = sums[2];
    int32_t sum3 = sums[3];

    do {
        const int32_t weight = *w++;

        sum0 += weight * x[0];
        sum1 += weight * x[step];
        sum2 += weight * x[2 * step];
        sum3 += weight * x[3 * step];
        x++;
        length--;
    } while (length != 0);
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

/** One channel's sums at ECGP_TILE positions. */
static void conv_tile_s16(const ecgp_conv_s16_params *p, const int16_t *x, const int8_t *w, int32_t *sums)
{
    const int32_t step = p->staged.window.stride_w * (p->staged.window.input_c >> 1);
    const int32_t whole = p->run_length & ~3;

    for (int32_t k = 0; k < ECGP_TILE; k++) {
        sums[k] = 0;
    }
    for (int32_t row = 0; row < p->staged.window.kernel_h; row++) {
        for (int32_t run = 0; run < p->runs; run++) {
            const int16_t *const in = x + row * (p->staged.row_step >> 1) + run * p->run_step;

            if (whole != 0) {
                ecgp_sum_fours_s16(w, in, step, whole, sums);
            }
            if (whole != p->run_length) {
                conv_rest_s16(w + whole, in + whole, step, p->run_length - whole, sums);
            }
            w += p->run_length;
        }
    }
}

/** One channel's sum at a single position. */
static int64_t conv_single_s16(const ecgp_conv_s16_params *p, const int16_t *x, const int8_t *w)
{
    int64_t sum = 0;

    for (int32_t row = 0; row < p->staged.window.kernel_h; row++) {
        for (int32_t run = 0; run < p->runs; run++) {
            const int16_t *const in = x + row * (p->staged.row_step >> 1) + run * p->run_step;

            sum = ecgp_sum_wide_s16(w, in, p->run_length, sum);
            w += p->run_length;
        }
    }
    return sum;
}

/** The outputs of one channel at the positions of a tile. */
static void conv_channel_s16(const ecgp_conv_s16_params *p, const int16_t *x, const int8_t *w, int32_t c, int32_t count,
                    int16_t *output)
{
    const int32_t outputs = p->groups * p->group_outputs;

    if (count == ECGP_TILE && p->wide == 0) {
        int32_t sums[ECGP_TILE];

        conv_tile_s16(p, x, w, sums);
        ecgp_requantize_s16(&p->requant, c, sums, ECGP_TILE, output, outputs);
        return;
    }
    for (int32_t k = 0; k < count; k++) {
        output[k * outputs] = ecgp_requantized_s16(&p->requant, c, conv_single_s16(p, x, w));
        x += p->staged.window.stride_w * (p->staged.window.input_c >> 1);
    }
}

void ecgp_conv_s16(const ecgp_conv_s16_params *p, const int16_t *input, int16_t *output, void *scratch)
{
    const int32_t outputs = p->groups * p->group_outputs;
    const int32_t channel_weights = p->staged.window.kernel_h * p->runs * p->run_length;

    ECGP_ASSERT(ecgp_window_is_valid(&p->staged.window) && p->staged.window.pad_value == 0);
    ECGP_ASSERT(ecgp_requant_s16_is_within(&p->requant, outputs));

    for (ecgp_tile t = ecgp_tile_first(&p->staged.window); t.count != 0; ecgp_tile_next(&p->staged.window, &t)) {
        const void *const tile_input = ecgp_tile_input(&p->staged, &t, (const int8_t *)input, scratch);
        const int16_t *x = tile_input;
        const int8_t *w = p->weights;
        int16_t *const out = output + ecgp_tile_position(&p->staged.window, &t) * outputs;
        int32_t c = 0;

        for (int32_t group = 0; group < p->groups; group++) {
            for (int32_t i = 0; i < p->group_outputs; i++) {
                conv_channel_s16(p, x, w, c, t.count, out + c);
                w += channel_weights;
                c++;
            }
            x += p->group_inputs;
        }
    }
}
