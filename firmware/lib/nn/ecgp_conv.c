/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv.c
 * @brief See ecgp_conv.h. In either form a weight is loaded once and multiplied at ECGP_TILE adjacent positions.
 *
 * The input's zero point is folded into the bias by the generator, which also proves that no accumulator leaves
 * int32: 128 * sum|w| + |bias| stays below 2^31 for every channel.
 */
#include "ecgp_conv.h"

#include "ecgp_compiler.h"
#include "ecgp_sparse.h"

/** Adds one channel's dense sums at ECGP_TILE positions that lie `step` bytes apart. */
static void dense_tile(const ecgp_conv_params *p, const int8_t *x, const int8_t *w, int32_t acc[ECGP_TILE])
{
    const int32_t step = p->staged.window.stride_w * p->staged.window.input_c;
    int32_t acc0 = acc[0];
    int32_t acc1 = acc[1];
    int32_t acc2 = acc[2];
    int32_t acc3 = acc[3];

    for (int32_t row = 0; row < p->staged.window.kernel_h; row++) {
        for (int32_t run = 0; run < p->runs; run++) {
            const int8_t *in = x + row * p->staged.row_step + run * p->run_step;
            const int8_t *const end = w + p->run_length;

            for (; w != end; in++) {
                const int32_t weight = *w++;

                acc0 += weight * in[0];
                acc1 += weight * in[step];
                acc2 += weight * in[2 * step];
                acc3 += weight * in[3 * step];
            }
        }
    }
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

/** One channel's dense sum at a single position. */
static int32_t dense_single(const ecgp_conv_params *p, const int8_t *x, const int8_t *w, int32_t acc)
{
    for (int32_t row = 0; row < p->staged.window.kernel_h; row++) {
        for (int32_t run = 0; run < p->runs; run++) {
            const int8_t *in = x + row * p->staged.row_step + run * p->run_step;
            const int8_t *const end = w + p->run_length;

            for (; w != end; in++) {
                acc += *w++ * *in;
            }
        }
    }
    return acc;
}

void ecgp_conv_s8(const ecgp_conv_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const int32_t outputs = p->groups * p->group_outputs;
    const int32_t channel_weights = p->staged.window.kernel_h * p->runs * p->run_length;

    ECGP_ASSERT(ecgp_window_is_valid(&p->staged.window));
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, outputs, -31, 30));

    for (ecgp_tile t = ecgp_tile_first(&p->staged.window); t.count != 0; ecgp_tile_next(&p->staged.window, &t)) {
        const int8_t *x = ecgp_tile_input(&p->staged, &t, input, scratch);
        const int8_t *w = p->weights;
        int8_t *const out = output + ecgp_tile_position(&p->staged.window, &t) * outputs;
        int32_t c = 0;

        for (int32_t group = 0; group < p->groups; group++) {
            for (int32_t i = 0; i < p->group_outputs; i++) {
                const int32_t bias = p->requant.bias[c];
                int32_t acc[ECGP_TILE] = {bias, bias, bias, bias};

                if (t.count == ECGP_TILE) {
                    dense_tile(p, x, w, acc);
                } else {
                    acc[0] = dense_single(p, x, w, bias);
                }
                ecgp_requantize(&p->requant, c, acc, t.count, out + c, outputs);
                w += channel_weights;
                c++;
            }
            x += p->group_inputs;
        }
    }
}

/** Adds one channel's sparse sums at ECGP_TILE positions that lie `step` bytes apart. */
static void sparse_tile(const uint8_t *entries, int32_t count, const int8_t *x, int32_t step, int32_t acc[ECGP_TILE])
{
    const uint8_t *const end = entries + ECGP_SPARSE_ENTRY * count;
    int32_t acc0 = acc[0];
    int32_t acc1 = acc[1];
    int32_t acc2 = acc[2];
    int32_t acc3 = acc[3];

    for (; entries != end; entries += ECGP_SPARSE_ENTRY) {
        const int32_t weight = ecgp_sparse_weight(entries);

        x += entries[0];
        acc0 += weight * x[0];
        acc1 += weight * x[step];
        acc2 += weight * x[2 * step];
        acc3 += weight * x[3 * step];
    }
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

void ecgp_conv_sparse_s8(const ecgp_conv_sparse_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const int32_t step = p->staged.window.stride_w * p->staged.window.input_c;

    ECGP_ASSERT(ecgp_window_is_valid(&p->staged.window));
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -31, 30));

    for (ecgp_tile t = ecgp_tile_first(&p->staged.window); t.count != 0; ecgp_tile_next(&p->staged.window, &t)) {
        const int8_t *const x = ecgp_tile_input(&p->staged, &t, input, scratch);
        const uint8_t *entries = p->entries;
        int8_t *const out = output + ecgp_tile_position(&p->staged.window, &t) * p->outputs;

        for (int32_t c = 0; c < p->outputs; c++) {
            const int32_t count = p->counts[c];
            const int32_t bias = p->requant.bias[c];
            int32_t acc[ECGP_TILE] = {bias, bias, bias, bias};

            if (t.count == ECGP_TILE) {
                sparse_tile(entries, count, x, step, acc);
            } else {
                acc[0] = ecgp_sparse_dot(entries, count, x, bias);
            }
            ecgp_requantize(&p->requant, c, acc, t.count, out + c, p->outputs);
            entries += ECGP_SPARSE_ENTRY * count;
        }
    }
}
