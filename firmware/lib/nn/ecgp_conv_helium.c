/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_helium.c
 * @brief See ecgp_conv_helium.h, and ecgp_helium.h for the arithmetic.
 */
#include "ecgp_conv_helium.h"

#include "ecgp_compiler.h"
#include "ecgp_helium.h"
#include "ecgp_helium_gather.h"
#include "ecgp_helium_tiles.h"
#include "ecgp_helium_dense_tiles.h"

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

/** What all tiles have in common. */
static void gather_begin(const ecgp_conv_gather_params *p, ecgp_gather_tile *t)
{
    const ecgp_helium_conv *const c = &p->conv;

    t->outputs = c->outputs < ECGP_GATHER_CHANNELS ? ECGP_GATHER_CHANNELS : c->outputs;
    t->zero_point = p->zero_point;
    t->away = p->min < p->zero_point ? 1 : 0;
    t->pool = c->pool;
    t->stream = p->stream;
    t->segments = (c->depth + ECGP_GATHER_SEGMENT - 1) / ECGP_GATHER_SEGMENT;
    for (int32_t i = 0; i < ECGP_GATHER_CHANNELS; i++) {
        t->places[i] = (uint32_t)(uintptr_t)t->sums[i];
        t->min[i] = p->min;
        t->max[i] = p->max;
    }
    if (t->segments > 1) {
        memset(t->part, 0, sizeof t->part);
    }
}

/** Tiles from this one on that lie in the input and are written at once, 1 for any other. x: its first column. */
static int32_t gather_run(const ecgp_helium_conv *c, const tile *t, int32_t x)
{
    const ecgp_window *const w = &c->window;
    const int32_t inside = (w->input_w - w->kernel_w - x) / w->stride_w + 1;
    const int32_t left = t->width - t->first;
    const int32_t tiles = (inside < left ? inside : left) / ECGP_HELIUM_TILE;

    return c->collect != 0 || x < 0 || tiles < 1 || c->outputs < ECGP_GATHER_CHANNELS ? 1 : tiles;
}

/** Whether the parameters are within their ranges. For ECGP_ASSERT. */
static inline ECGP_UNUSED int gather_is_valid(const ecgp_conv_gather_params *p)
{
    const ecgp_helium_conv *const c = &p->conv;
    const int range = p->zero_point >= -128 && p->zero_point <= 127 && p->min >= -128 && p->min <= p->max && p->max <= 127;
    const int pool = c->pool == 1 || (c->pool == 2 && c->window.output_w % 2 == 0);
    const int field = c->depth >= 1 && c->step % 4 == 0 && (c->collect == 0 || c->step >= c->depth);

    return ecgp_window_is_valid(&c->window) && range && pool && field && c->outputs >= 1 &&
           ((uintptr_t)p->stream & 3u) == 0u;
}

/** Where the fields of a tile lie: c->step bytes apart. x: its first column; copy: where they are copied, if they are. */
static const int8_t *gather_fields(const ecgp_helium_conv *c, const tile *t, int32_t x, const int8_t *input, int8_t *copy)
{
    const ecgp_window *const w = &c->window;
    const int32_t columns = (ECGP_HELIUM_TILE - 1) * w->stride_w + w->kernel_w;

    if (c->collect != 0) {
        const int32_t line = t->first / w->output_w;
        const int32_t batch = line / w->output_h;
        const int32_t right = t->first - line * w->output_w;
        const int32_t down = line - batch * w->output_h;
        dense_cursor at = {input + batch * w->input_h * w->input_w * w->input_c, right * w->stride_w - w->pad_left,
                           down * w->stride_h - w->pad_top, w->output_w - right, w->output_h - down};

        dense_collect(w, &at, t->count, c->step, copy);
        return copy;
    }
    if (x >= 0 && x + columns <= w->input_w) {
        return t->line + x * w->input_c;
    }
    dense_stage(w, t->line, x, columns, copy);
    return copy;
}

void ecgp_conv_sparse_blocks_gather_s8(const ecgp_conv_gather_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_helium_conv *const c = &p->conv;
    int8_t *const spare = (int8_t *)scratch + p->spare;
    ecgp_gather_tile tiles;

    ECGP_ASSERT((((uintptr_t)scratch | (uintptr_t)input) & 3u) == 0u && gather_is_valid(p));
    gather_begin(p, &tiles);
    for (tile t = tile_first(c, input, output); t.count != 0; tile_next(c, input, &t)) {
        int8_t *const to = t.output + t.first / c->pool * c->outputs;
        const int whole = t.count == ECGP_HELIUM_TILE && c->outputs >= ECGP_GATHER_CHANNELS;

        const int32_t x = t.first * c->window.stride_w - c->window.pad_left;

        tiles.output = whole ? to : spare;
        tiles.tiles = gather_run(c, &t, x);
        t.x += (tiles.tiles - 1) * ECGP_HELIUM_TILE;
        ecgp_gather_tiles(gather_fields(c, &t, x, input, scratch), c->step, &tiles);
        for (int32_t k = 0; k < t.count / c->pool && !whole; k++) {
            memcpy(to + k * c->outputs, spare + k * tiles.outputs, (size_t)c->outputs);
        }
    }
}
