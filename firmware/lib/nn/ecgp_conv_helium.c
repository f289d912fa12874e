/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_helium.c
 * @brief See ecgp_conv_helium.h, and ecgp_helium.h for the arithmetic.
 */
#include "ecgp_conv_helium.h"

#include "ecgp_compiler.h"
#include "ecgp_helium.h"
#include "ecgp_helium_rescale.h"
#include "ecgp_helium_gather.h"
#include "ecgp_helium_tiles.h"
#include "ecgp_helium_dense_tiles.h"

/** Requantizes a tile's sums. A tile that is longer than its row goes through scratch. */
static void finish(const ecgp_helium_conv *p, const tile *t, int32_t *scratch)
{
    int8_t *const to = t->output + t->first / p->pool * p->outputs;
    int8_t *spare = to;

    if (t->count < ECGP_HELIUM_TILE) {
        const int32_t copied_bytes = (ECGP_HELIUM_TILE - 1) * p->step + (p->collect != 0 ? p->step : p->depth);

        spare = (int8_t *)(scratch + p->outputs * ECGP_HELIUM_TILE) + copied_bytes;
    }
    ecgp_helium_finish(&p->requant, scratch, p->outputs, p->pool, spare);
    if (spare != to) {
        memcpy(to, spare, (size_t)(t->count / p->pool * p->outputs));
    }
}

/** Whether the fields that all kernels share are within their ranges. For ECGP_ASSERT. */
static inline ECGP_UNUSED int is_valid(const ecgp_helium_conv *p)
{
    const int pool = p->pool == 1 || (p->pool == 2 && p->window.output_w % 2 == 0);
    const int field = p->depth >= 1 && p->step >= 1 && (p->collect == 0 || p->step >= p->depth);

    return ecgp_window_is_valid(&p->window) && p->requant.per_channel == 1 &&
           ecgp_requant_is_within(&p->requant, p->outputs, -31, -1) && pool && field;
}

void ecgp_conv_helium_s8(const ecgp_conv_helium_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_window *const w = &p->window;
    const int32_t lines = w->batches * w->output_h;
    const int32_t rows = p->collect != 0 ? 1 : lines;
    const int32_t width = p->collect != 0 ? lines * w->output_w : w->output_w;
    const int32_t span = ECGP_DENSE_POSITIONS * p->pool;
    const int32_t first_inside = (w->pad_left + w->stride_w - 1) / w->stride_w;
    const int32_t step = p->collect != 0 ? p->chunks * ECGP_DENSE_TAPS : w->stride_w * w->input_c;
    dense_cursor at = {input, -w->pad_left, -w->pad_top, w->output_w, w->output_h};
    ecgp_dense_tile t;

    ECGP_ASSERT(dense_is_valid(p));
    dense_begin(p, &t);
    for (int32_t row = 0; row < rows; row++) {
        const int32_t batch = row / w->output_h;
        const int32_t y = batch * w->input_h + (row - batch * w->output_h) * w->stride_h;
        const int32_t last_inside = p->collect != 0 ? -1 : dense_last_inside(p, y, w->batches * w->input_h);
        const int8_t *const line = input + y * w->input_w * w->input_c;

        for (int32_t x = 0; x < width; x += span) {
            const int32_t count = width - x < span ? width - x : span;
            const int32_t from = x * w->stride_w - w->pad_left;
            const int8_t *field = scratch;

            t.count = 1;
            if (p->collect != 0) {
                dense_collect(w, &at, count, step, scratch);
            } else if (x >= first_inside && x + count - 1 <= last_inside) {
                field = line + from * w->input_c;
                t.count = count == span && p->outputs >= ECGP_DENSE_CHANNELS ? (last_inside + 1 - x) / span : 1;
            } else {
                dense_stage(w, line, from, (count - 1) * w->stride_w + w->kernel_w, scratch);
            }
            dense_place(p, &t, count, field, step, output);
            output += t.count * (count / p->pool) * p->outputs;
            x += (t.count - 1) * span;
            dense_run(p, &t);
        }
    }
}

void ecgp_conv_sparse_blocks_gather_s8(const ecgp_conv_gather_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    static const int32_t zeros[ECGP_HELIUM_TILE] = {0};
    const ecgp_helium_conv *const c = &p->conv;
    int32_t *const sums = scratch;

    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);
    ECGP_ASSERT(is_valid(&p->conv) && p->segment >= 1 && p->segment <= 1024);
    ECGP_ASSERT(((uintptr_t)input & 3u) == 0u && p->segment % 4 == 0 && p->conv.step % 4 == 0);
    for (tile t = tile_first(c, input, output); t.count != 0; tile_next(c, input, &t)) {
        const int8_t *const x = fields(c, &t, input, scratch);
        const uint8_t *entries = p->entries;
        const uint8_t *counts = p->counts;

        for (int32_t at = 0; at < c->depth; at += p->segment) {
            entries = ecgp_helium_blocks(x + at, c->step, counts, entries, at == 0 ? zeros : sums, sums);
            counts += c->outputs + 1;
        }
        finish(c, &t, scratch);
    }
}
