/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_dense_tiles.h
 * @brief The tiles of ecgp_conv_helium_s8(), and where their fields lie.
 *
 * A tile is three positions, or three pairs of which the larger is kept. A row's last tile may have fewer: its last
 * position, or pair, is then computed again in place of those that lack.
 */
#ifndef ECGP_HELIUM_DENSE_TILES_H
#define ECGP_HELIUM_DENSE_TILES_H

#include "ecgp_conv_helium.h"
#include "ecgp_helium.h"
#include "ecgp_helium_dense.h"

/** Whether all fields are within their ranges. For ECGP_ASSERT. */
static inline ECGP_UNUSED int dense_is_valid(const ecgp_conv_helium_params *p)
{
    const ecgp_window *const w = &p->window;
    const int range = p->zero_point >= -128 && p->zero_point <= 127 && p->min >= -128 && p->min <= p->max && p->max <= 127;
    const int pool = p->pool == 1 || (p->pool == 2 && w->output_w % 2 == 0);
    const int32_t depth = w->kernel_h * w->kernel_w * w->input_c;
    const int field = p->collect != 0 || (w->kernel_h == 1 && (w->kernel_w == 1 || w->dilation_w == 1));

    return ecgp_window_is_valid(w) && range && pool && p->outputs >= 1 && p->chunks >= 1 && field &&
           depth > (p->chunks - 1) * ECGP_DENSE_TAPS && depth <= p->chunks * ECGP_DENSE_TAPS &&
           ((uintptr_t)p->stream & 3u) == 0u;
}

/** What all tiles have in common. */
static void dense_begin(const ecgp_conv_helium_params *p, ecgp_dense_tile *t)
{
    const int32_t words = ECGP_DENSE_TAPS * p->chunks + 3 * ECGP_DENSE_CHANNELS;

    t->zero_point = p->zero_point;
    t->away = p->min < p->zero_point ? 1 : 0;
    t->first = p->pool == 2 ? t->x[0] : t->x[2];
    t->begin = p->stream;
    t->whole = p->stream + (p->outputs >> 2) * words;
    t->all = t->whole + (p->outputs % ECGP_DENSE_CHANNELS != 0 ? words : 0);
    t->whole = p->outputs < ECGP_DENSE_CHANNELS ? t->all : t->whole;
    t->end = t->whole;
    t->back = -(-p->outputs & (ECGP_DENSE_CHANNELS - 1));
    t->output_step = (ECGP_DENSE_POSITIONS - 1) * p->outputs;
    for (int32_t i = 0; i < 3 * ECGP_DENSE_POSITIONS; i++) {
        t->x[i / 3][i % 3] = NULL; /* not all of them are used */
    }
    for (int32_t i = 0; i < ECGP_DENSE_CHANNELS; i++) {
        t->min[i] = p->min;
        t->max[i] = p->max;
    }
}

/** Of `count` cells, `step` apart from `at` on: how many lie before `end`. */
static inline int32_t dense_before(int32_t at, int32_t step, int32_t count, int32_t end)
{
    int32_t found = 0;

    if (step == 1) {
        found = end - at < count ? end - at : count;
        return found > 0 ? found : 0;
    }
    while (found < count && at + found * step < end) {
        found++;
    }
    return found;
}

/** Where the window of an output position begins, perhaps outside its image. */
typedef struct {
    const int8_t *image;
    int32_t x;
    int32_t y;
    int32_t positions; /**< left in the output row */
    int32_t rows;      /**< left in the output image */
} dense_cursor;

/** Copies a field of which some is padding, or whose columns do not lie side by side. */
static void dense_collect_edge(const ecgp_window *w, const dense_cursor *at, int8_t *to)
{
    const int32_t channels = w->input_c;
    const int32_t pitch = w->input_w * channels;
    const int32_t step = w->kernel_w * channels;
    const int32_t columns = w->dilation_w == 1 ? w->kernel_w : 1; /* that lie side by side */
    const int32_t above = dense_before(at->y, w->dilation_h, w->kernel_h, 0);
    const int32_t rows = dense_before(at->y, w->dilation_h, w->kernel_h, w->input_h) - above;
    const int8_t *const line = at->image + (at->y + above * w->dilation_h) * pitch;

    ecgp_helium_fill(to, w->pad_value, w->kernel_h * step);
    for (int32_t kx = 0; kx < w->kernel_w && rows > 0; kx += columns) {
        const int32_t x = at->x + kx * w->dilation_w;
        const int32_t before = dense_before(x, 1, columns, 0);
        const int32_t count = dense_before(x, 1, columns, w->input_w) - before;

        if (count > 0) {
            ecgp_helium_copy_rows(to + above * step + (kx + before) * channels, step, line + (x + before) * channels,
                                  w->dilation_h * pitch, count * channels, rows);
        }
    }
}

/** Copies the fields of the next `count` positions, `step` bytes apart. */
static inline void dense_collect(const ecgp_window *w, dense_cursor *at, int32_t count, int32_t step, int8_t *to)
{
    const int32_t pitch = w->input_w * w->input_c;
    const int32_t bytes = w->kernel_w * w->input_c;
    const int32_t last_x = w->dilation_w == 1 ? w->input_w - w->kernel_w : -1;
    const int32_t last_y = w->input_h - 1 - (w->kernel_h - 1) * w->dilation_h;

    for (int32_t k = 0; k < count; k++) {
        if (at->x >= 0 && at->x <= last_x && at->y >= 0 && at->y <= last_y) {
            ecgp_helium_copy_rows(to, bytes, at->image + at->y * pitch + at->x * w->input_c, w->dilation_h * pitch, bytes,
                                  w->kernel_h);
        } else {
            dense_collect_edge(w, at, to);
        }
        to += step;
        at->x += w->stride_w;
        if (--at->positions == 0) {
            at->positions = w->output_w;
            at->x = -w->pad_left;
            at->y += w->stride_h;
            if (--at->rows == 0) {
                at->rows = w->output_h;
                at->y = -w->pad_top;
                at->image += w->input_h * pitch;
            }
        }
    }
}

/** Copies `columns` pixels of a row from column x on, the pad value where it has none. */
static inline void dense_stage(const ecgp_window *w, const int8_t *row, int32_t x, int32_t columns, int8_t *to)
{
    const int32_t before = dense_before(x, 1, columns, 0) * w->input_c;
    const int32_t end = dense_before(x, 1, columns, w->input_w) * w->input_c;

    ecgp_helium_fill(to, w->pad_value, before);
    ecgp_helium_copy(to + before, row + x * w->input_c + before, end > before ? end - before : 0);
    ecgp_helium_fill(to + end, w->pad_value, columns * w->input_c - end);
}

/** Tells a tile where its `count` fields lie, `step` bytes apart, and its outputs. */
static inline void dense_place(const ecgp_conv_helium_params *p, ecgp_dense_tile *t, int32_t count, const int8_t *field,
                               int32_t step, int8_t *output)
{
    const int32_t second = count > p->pool ? 1 : 0;
    const int32_t third = count > 2 * p->pool ? 2 : second;
    const int8_t **const x = p->pool == 2 ? t->x[0] : t->x[2];

    t->middle = second == 0 && p->chunks > 1 ? -1 - p->chunks : p->chunks - 2;
    t->output[0] = output;
    t->output[1] = output + second * p->outputs;
    t->output[2] = output + third * p->outputs;
    t->x_step = ECGP_DENSE_POSITIONS * p->pool * step;
    x[0] = field;
    x[1] = field + second * p->pool * step;
    x[2] = field + third * p->pool * step;
    if (p->pool == 2) {
        t->x[1][0] = x[0] + step;
        t->x[1][1] = x[1] + step;
        t->x[1][2] = x[2] + step;
    }
}

/** Computes tiles. Of one to three channels, four are computed, into bytes of their own. */
static inline void dense_run(const ecgp_conv_helium_params *p, ecgp_dense_tile *t)
{
    int8_t fours[ECGP_DENSE_POSITIONS][ECGP_DENSE_CHANNELS];
    int8_t *to[ECGP_DENSE_POSITIONS];
    const int few = p->outputs < ECGP_DENSE_CHANNELS;

    for (int32_t k = 0; k < ECGP_DENSE_POSITIONS && few; k++) {
        to[k] = t->output[k];
        t->output[k] = fours[k];
    }
    ecgp_dense_groups(t);
    for (int32_t k = 0; k < ECGP_DENSE_POSITIONS && few; k++) {
        memcpy(to[k], fours[k], (size_t)p->outputs);
    }
}

/** The last position of an output row whose field lies in the input, as do the whole chunks that are read of it. */
static inline int32_t dense_last_inside(const ecgp_conv_helium_params *p, int32_t line, int32_t rows)
{
    const ecgp_window *const w = &p->window;
    const int32_t read = (p->chunks * ECGP_DENSE_TAPS + w->input_c - 1) / w->input_c; /* columns */
    const int32_t left = (rows - line) * w->input_w - read;
    const int32_t columns = w->input_w - w->kernel_w;
    const int32_t last = left < columns ? left : columns;

    return last + w->pad_left < 0 ? -1 : (last + w->pad_left) / w->stride_w;
}

#endif /* ECGP_HELIUM_DENSE_TILES_H */
