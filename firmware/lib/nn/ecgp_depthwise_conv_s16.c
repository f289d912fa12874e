/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_s16.c
 * @brief See ecgp_depthwise_conv_s16.h. A weight is loaded once and multiplied at ECGP_TILE adjacent positions.
 */
#include "ecgp_depthwise_conv_s16.h"

#include "ecgp_compiler.h"

/** One channel's sums at ECGP_TILE positions. */
static void depthwise_tile_s16(const ecgp_depthwise_conv_s16_params *p, const int16_t *x, const int8_t *w,
                               int32_t sums[ECGP_TILE])
{
    const ecgp_window *const window = &p->staged.window;
    const int32_t channels = window->input_c >> 1;
    const int32_t step = window->stride_w * channels;
    const int32_t column_step = window->dilation_w * channels;
    int32_t sum0 = 0;
    int32_t sum1 = 0;
    int32_t sum2 = 0;
    int32_t sum3 = 0;

    for (int32_t row = 0; row < window->kernel_h; row++) {
        const int16_t *in = x + row * (p->staged.row_step >> 1);

        for (const int8_t *const end = w + window->kernel_w; w != end; in += column_step) {
            const int32_t weight = *w++;

            sum0 += weight * in[0];
            sum1 += weight * in[step];
            sum2 += weight * in[2 * step];
            sum3 += weight * in[3 * step];
        }
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

/** One channel's sum at a single position. */
static int32_t depthwise_single_s16(const ecgp_depthwise_conv_s16_params *p, const int16_t *x, const int8_t *w)
{
    const ecgp_window *const window = &p->staged.window;
    const int32_t column_step = window->dilation_w * (window->input_c >> 1);
    int32_t sum = 0;

    for (int32_t row = 0; row < window->kernel_h; row++) {
        for (int32_t column = 0; column < window->kernel_w; column++) {
            sum += *w++ * x[row * (p->staged.row_step >> 1) + column * column_step];
        }
    }
    return sum;
}

void ecgp_depthwise_conv_s16(const ecgp_depthwise_conv_s16_params *p, const int16_t *input, int16_t *output,
                             void *scratch)
{
    const int32_t channels = p->staged.window.input_c >> 1;
    const int32_t outputs = channels * p->multiplier;
    const int32_t channel_weights = p->staged.window.kernel_h * p->staged.window.kernel_w;

    ECGP_ASSERT(ecgp_window_is_valid(&p->staged.window) && p->staged.window.pad_value == 0);
    ECGP_ASSERT(ecgp_requant_s16_is_within(&p->requant, outputs));

    for (ecgp_tile t = ecgp_tile_first(&p->staged.window); t.count != 0; ecgp_tile_next(&p->staged.window, &t)) {
        const void *const tile_input = ecgp_tile_input(&p->staged, &t, (const int8_t *)input, scratch);
        const int16_t *x = tile_input;
        const int8_t *w = p->weights;
        int16_t *const out = output + ecgp_tile_position(&p->staged.window, &t) * outputs;
        int32_t c = 0;

        for (int32_t channel = 0; channel < channels; channel++) {
            for (int32_t i = 0; i < p->multiplier; i++) {
                int32_t sums[ECGP_TILE];

                if (t.count == ECGP_TILE) {
                    depthwise_tile_s16(p, x, w, sums);
                } else {
                    sums[0] = depthwise_single_s16(p, x, w);
                }
                ecgp_requantize_s16(&p->requant, c, sums, t.count, out + c, outputs);
                w += channel_weights;
                c++;
            }
            x++;
        }
    }
}
