/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv.c
 * @brief See ecgp_depthwise_conv.h. A weight is loaded once and multiplied at ECGP_TILE adjacent positions.
 *
 * As in ecgp_conv.c the zero point is folded into the bias, and accumulators are proved to stay within int32.
 */
#include "ecgp_depthwise_conv.h"

#include "ecgp_compiler.h"

/** Adds one channel's sums at ECGP_TILE positions. */
static void depthwise_tile(const ecgp_depthwise_conv_params *p, const int8_t *x, const int8_t *w, int32_t acc[ECGP_TILE])
{
    const ecgp_window *const window = &p->staged.window;
    const int32_t step = window->stride_w * window->input_c;
    const int32_t column_step = window->dilation_w * window->input_c;
    int32_t acc0 = acc[0];
    int32_t acc1 = acc[1];
    int32_t acc2 = acc[2];
    int32_t acc3 = acc[3];

    for (int32_t row = 0; row < window->kernel_h; row++) {
        for (int32_t column = 0; column < window->kernel_w; column++) {
            const int8_t *const in = x + row * p->staged.row_step + column * column_step;
            const int32_t weight = *w++;

            acc0 += weight * in[0];
            acc1 += weight * in[step];
            acc2 += weight * in[2 * step];
            acc3 += weight * in[3 * step];
        }
    }
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

/** One channel's sum at a single position. */
static int32_t depthwise_single(const ecgp_depthwise_conv_params *p, const int8_t *x, const int8_t *w, int32_t acc)
{
    const ecgp_window *const window = &p->staged.window;
    const int32_t column_step = window->dilation_w * window->input_c;

    for (int32_t row = 0; row < window->kernel_h; row++) {
        for (int32_t column = 0; column < window->kernel_w; column++) {
            acc += *w++ * x[row * p->staged.row_step + column * column_step];
        }
    }
    return acc;
}

void ecgp_depthwise_conv_s8(const ecgp_depthwise_conv_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const int32_t outputs = p->staged.window.input_c * p->multiplier;
    const int32_t channel_weights = p->staged.window.kernel_h * p->staged.window.kernel_w;

    ECGP_ASSERT(ecgp_window_is_valid(&p->staged.window));
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, outputs, -31, 30));

    for (ecgp_tile t = ecgp_tile_first(&p->staged.window); t.count != 0; ecgp_tile_next(&p->staged.window, &t)) {
        const int8_t *const x = ecgp_tile_input(&p->staged, &t, input, scratch);
        const int8_t *w = p->weights;
        int8_t *const out = output + ecgp_tile_position(&p->staged.window, &t) * outputs;
        int32_t c = 0;

        for (int32_t channel = 0; channel < p->staged.window.input_c; channel++) {
            for (int32_t i = 0; i < p->multiplier; i++) {
                const int32_t bias = p->requant.bias[c];
                int32_t acc[ECGP_TILE] = {bias, bias, bias, bias};

                if (t.count == ECGP_TILE) {
                    depthwise_tile(p, x + channel, w, acc);
                } else {
                    acc[0] = depthwise_single(p, x + channel, w, bias);
                }
                ecgp_requantize(&p->requant, c, acc, t.count, out + c, outputs);
                w += channel_weights;
                c++;
            }
        }
    }
}
