/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_smlad.c
 * @brief See ecgp_depthwise_conv_smlad.h. Two taps of four channels are two words: PKHBT and PKHTB bring the taps of a channel
 * together, SXTB16 makes them int16, and one SMLAD multiplies both.
 *
 * That is 15 instructions for eight products. Weights are spread once per four channels and row, beside the offsets of
 * their inputs, so that one LDM takes all that a pair needs. Outputs are clamped to int8, and again where the range is
 * less. Bound: that of every kernel, as int16 products are exact.
 */
#include "ecgp_depthwise_conv_smlad.h"

#include <stddef.h>

#include "ecgp_compiler.h"
#include "ecgp_rescale.h"

/** Channels side by side. */
#define LANES 4

/** Four channels of a row. What a position begins with lies before `output`, what it ends with behind: an LDM each. */
typedef struct {
    int32_t bias[LANES];
    const uint32_t *entries; /**< the pairs of taps, spread, one at least */
    const uint32_t *end;     /**< behind them */
    const int8_t *x;         /**< the window of the next position */
    int8_t *output;          /**< where its outputs go */
    int32_t multiplier[LANES];
    int32_t right[LANES]; /**< see ecgp_rescale */
    int32_t zero;         /**< with SMMLAR that of all, otherwise see zeros */
    int32_t step;         /**< bytes from a window to the next */
    int32_t output_step;
    const int8_t *last; /**< the window behind the last */
    int32_t zeros[LANES];
} lanes;

/** Spreads the weights of four channels; returns behind the last entry. */
static uint32_t *spread_weights(const int32_t *offsets, int32_t pairs, const int8_t *weights, uint32_t *entries)
{
    const uint32_t *const end = entries + ECGP_DEPTHWISE_ENTRY * pairs;

    for (; entries != end; entries += ECGP_DEPTHWISE_ENTRY) {
        const uint32_t low = ecgp_load4(weights);
        const uint32_t high = ecgp_load4(weights + 4);

        entries[0] = (uint32_t)offsets[0];
        entries[1] = (uint32_t)offsets[1];
        entries[2] = ecgp_sxtb16(low);
        entries[3] = ecgp_sxtb16_ror8(low);
        entries[4] = ecgp_sxtb16(high);
        entries[5] = ecgp_sxtb16_ror8(high);
        offsets += 2;
        weights += 8;
    }
    return entries;
}

#if ECGP_DSP && ECGP_ASSEMBLY && ECGP_UNALIGNED

#include "ecgp_depthwise_asm.h"

#else

/** Does all positions of the row. */
static ECGP_NOINLINE void run(lanes *t)
{
    for (; t->x != t->last; t->x += t->step) {
        for (int32_t k = 0; k < LANES; k++) {
            const ecgp_rescale r = {0, t->multiplier[k], t->right[k], t->zeros[k], -128, 127};
            int32_t sum = t->bias[k];

            for (const uint32_t *e = t->entries; e != t->end; e += ECGP_DEPTHWISE_ENTRY) {
                const int8_t *const a = t->x + (int32_t)e[0];
                const int8_t *const b = t->x + (int32_t)e[1];

                sum += a[k] * (int16_t)e[2 + k] + b[k] * (int16_t)(e[2 + k] >> 16);
            }
            t->output[k] = (int8_t)ecgp_ssat8(ecgp_rescaled(&r, sum));
        }
        t->output += t->output_step;
    }
}

#endif

/** All channels of `count` positions of a row, whose first window is at x. */
static void convolve_row(const ecgp_depthwise_conv_smlad_params *p, uint32_t *entries, const int8_t *x, int32_t count,
                         int8_t *output)
{
    const int32_t channels = p->staged.window.input_c;
    const int8_t *weights = p->weights;
    lanes t;

    t.entries = entries;
    t.step = p->staged.window.stride_w * channels;
    t.output_step = channels;
    for (int32_t c = 0; c < channels; c += LANES) {
        t.end = spread_weights(p->offsets, p->pairs, weights, entries);
        for (int32_t k = 0; k < LANES; k++) {
            const int32_t bias = p->requant.bias[c + k];
            const ecgp_rescale r = ecgp_rescale_of(&p->requant, c + k, bias);

            t.bias[k] = bias;
            t.multiplier[k] = r.multiplier;
            t.right[k] = r.right;
            t.zero = r.zero;
            t.zeros[k] = r.zero;
        }
        t.x = x + c;
        t.last = t.x + count * t.step;
        t.output = output + c;
        run(&t);
        weights += 2 * LANES * p->pairs;
    }
}

/** Clamps `count` words of outputs to their range. */
static void clamp_words(const ecgp_requant *r, int8_t *output, int32_t count)
{
    const uint32_t min = 0x01010101u * (uint8_t)r->min;
    const uint32_t max = 0x01010101u * (uint8_t)r->max;

    for (; count > 0; count--) {
        ecgp_store4(output, ecgp_max4(ecgp_min4(ecgp_load4(output), max), min));
        output += LANES;
    }
}

void ecgp_depthwise_conv_smlad_s8(const ecgp_depthwise_conv_smlad_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_window *const w = &p->staged.window;
    const int full = p->requant.min == -128 && p->requant.max == 127;
    uint32_t *const entries = scratch;
    int8_t *const staged = (int8_t *)(entries + ECGP_DEPTHWISE_ENTRY * p->pairs);
    ecgp_tile t = {0, 0, 0, 0};

    ECGP_ASSERT(ecgp_window_is_valid(&p->staged.window));
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, w->input_c, -22, -2));
    ECGP_ASSERT(w->input_c % LANES == 0 && p->chunk >= 1 && p->pairs >= 1);
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);

    for (t.batch = 0; t.batch < w->batches; t.batch++) {
        for (t.y = 0; t.y < w->output_h; t.y++) {
            for (t.x = 0; t.x < w->output_w; t.x += p->chunk) {
                const int32_t left = w->output_w - t.x;

                t.count = left < p->chunk ? left : p->chunk;
                convolve_row(p, entries, ecgp_tile_input(&p->staged, &t, input, staged), t.count, output);
                if (full == 0) {
                    clamp_words(&p->requant, output, t.count * w->input_c / LANES);
                }
                output += t.count * w->input_c;
            }
        }
    }
}
