/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_tiles.h
 * @brief The tiles of a convolution on Helium, and where their fields lie; see ecgp_conv_helium.h.
 */
#ifndef ECGP_HELIUM_TILES_H
#define ECGP_HELIUM_TILES_H

#include "ecgp_conv_helium.h"
#include "ecgp_helium.h"

/** ECGP_HELIUM_TILE positions: in an output row, or, where fields are collected, anywhere in the output. */
typedef struct {
    const int8_t *line; /**< the input row that an output row reads, where fields are not collected */
    int8_t *output;     /**< the output row */
    int32_t row;        /**< always 0 where fields are collected */
    int32_t rows;
    int32_t x;     /**< position in the row, or behind it where the tile is moved back to end with the row */
    int32_t first; /**< position in the row */
    int32_t width; /**< positions of the row */
    int32_t count; /**< positions that exist: fewer than a tile where the whole row is shorter; 0: no tile is left */
} tile;

static tile tile_first(const ecgp_helium_conv *p, const int8_t *input, int8_t *output)
{
    const int32_t lines = p->window.batches * p->window.output_h;
    const int32_t width = p->collect != 0 ? lines * p->window.output_w : p->window.output_w;
    const int32_t count = width < ECGP_HELIUM_TILE ? width : ECGP_HELIUM_TILE;
    const tile first = {input, output, 0, p->collect != 0 ? 1 : lines, 0, 0, width, count};

    return first;
}

static void tile_next(const ecgp_helium_conv *p, const int8_t *input, tile *t)
{
    const ecgp_window *const w = &p->window;

    t->x += ECGP_HELIUM_TILE;
    if (t->x >= t->width) {
        t->x = 0;
        t->row++;
        if (t->row == t->rows) {
            t->count = 0;
            return;
        }
        const int32_t batch = t->row / w->output_h;
        const int32_t y = (t->row - batch * w->output_h) * w->stride_h;

        t->line = input + (batch * w->input_h + y) * w->input_w * w->input_c;
        t->output += t->width / p->pool * p->outputs;
    }
    t->first = t->x <= t->width - t->count ? t->x : t->width - t->count;
}

/** The part of a kernel row from column x on that one position reads, the pad value where the input has none. */
static void collect_row(const ecgp_window *w, const int8_t *line, int32_t x, int8_t *to)
{
    const int32_t channels = w->input_c;

    if (w->dilation_w == 1 && x >= 0 && x + w->kernel_w <= w->input_w) {
        ecgp_helium_copy(to, line + x * channels, w->kernel_w * channels);
        return;
    }
    for (int32_t kx = 0; kx < w->kernel_w; kx++) {
        if (x >= 0 && x < w->input_w) {
            ecgp_helium_copy(to, line + x * channels, channels);
        } else {
            memset(to, (int)w->pad_value, (size_t)channels);
        }
        x += w->dilation_w;
        to += channels;
    }
}

/** Copies the field of the output's position `at`, counted along rows, then down, then image after image. */
static void collect(const ecgp_window *w, const int8_t *input, int32_t at, int8_t *to)
{
    const int32_t row = at / w->output_w;
    const int32_t batch = row / w->output_h;
    const int32_t x = (at - row * w->output_w) * w->stride_w - w->pad_left;
    const int32_t bytes = w->kernel_w * w->input_c;
    int32_t y = (row - batch * w->output_h) * w->stride_h - w->pad_top;

    for (int32_t ky = 0; ky < w->kernel_h; ky++) {
        if (y >= 0 && y < w->input_h) {
            collect_row(w, input + (batch * w->input_h + y) * w->input_w * w->input_c, x, to);
        } else {
            memset(to, (int)w->pad_value, (size_t)bytes);
        }
        y += w->dilation_h;
        to += bytes;
    }
}

/** Copies the fields of a tile, padding included. x: where the first begins in the input row. */
static const int8_t *copied(const ecgp_helium_conv *p, const tile *t, const int8_t *input, int32_t x, int8_t *copy)
{
    const ecgp_window *const w = &p->window;

    if (p->collect != 0) {
        for (int32_t k = 0; k < t->count; k++) {
            collect(w, input, t->first + k, copy + k * p->step);
        }
    } else {
        ecgp_stage_row(w, t->line, x, (ECGP_HELIUM_TILE - 1) * w->stride_w + w->kernel_w, copy);
    }
    return copy;
}

/** Where the fields of a tile lie: p->step bytes apart. copy: where they are copied, if they are. */
static inline const int8_t *fields(const ecgp_helium_conv *p, const tile *t, const int8_t *input, int8_t *copy)
{
    const ecgp_window *const w = &p->window;
    const int32_t x = t->first * w->stride_w - w->pad_left;
    const int32_t beyond = x + (ECGP_HELIUM_TILE - 1) * w->stride_w + w->kernel_w - w->input_w;

    return p->collect == 0 && x >= 0 && beyond <= 0 ? t->line + x * w->input_c : copied(p, t, input, x, copy);
}

#endif /* ECGP_HELIUM_TILES_H */
