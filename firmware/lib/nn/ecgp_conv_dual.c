/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_dual.c
 * @brief See ecgp_conv_dual.h, and ecgp_dual.h for the trick.
 *
 * A window is copied once for all channels: 6 instructions per four inputs, beside 7 per four inputs and two channels.
 * Tiles know no rows, so that small images leave nothing over; the last tile is moved back to end with the last
 * position. Outputs come clamped to int8; any other range is applied to all of them at the end.
 */
#include "ecgp_conv_dual.h"

#include "ecgp_compiler.h"
#include "ecgp_dual.h"

/** `count` times four inputs that are the pad value. */
static uint32_t *fill(const ecgp_conv_dual_params *p, int32_t count, uint32_t *to)
{
    const uint32_t pad = ((uint32_t)p->window.pad_value & 0xffffu) * 0x10001u;

    for (; count > 0; count--) {
        to[0] = pad;
        to[ECGP_DUAL_TILE] = pad;
        to += 2 * ECGP_DUAL_TILE;
    }
    return to;
}

/** A run from byte i of a row of `width` bytes on, with the pad value where it has none; width 0: there is no row. */
static ECGP_NOINLINE uint32_t *copy_edge(const ecgp_conv_dual_params *p, const int8_t *row, int32_t width, int32_t i,
                                         uint32_t *to)
{
    const int32_t run = p->run;
    const int32_t begin = i >= 0 ? 0 : (-i < run ? -i : run);
    const int32_t there = width - i < run ? width - i : run;
    const int32_t end = there > begin ? there : begin;

    if (((begin | end | run) & 3) == 0) {
        to = fill(p, begin >> 2, to);
        if (end > begin) {
            to = ecgp_dual_copy(row + i + begin, 1, 0, end - begin, to);
        }
        return fill(p, (run - end) >> 2, to);
    }
    for (int32_t k = 0; k < run; k += 4) {
        int8_t four[4];

        for (int32_t j = 0; j < 4; j++) {
            four[j] = k + j >= begin && k + j < end ? row[i + k + j] : (int8_t)p->window.pad_value;
        }
        to = ecgp_dual_copy(four, 1, 0, run - k < 4 ? run - k : 4, to);
    }
    return to;
}

/** The window at position x of row y of an image. */
static void copy_window(const ecgp_conv_dual_params *p, const int8_t *image, int32_t y, int32_t x, uint32_t *to)
{
    const ecgp_rows *const w = &p->window;
    const int32_t width = w->input_w * w->input_c;
    const int32_t i = (x * w->stride_w - w->pad_left) * w->input_c;
    int32_t row = y * w->stride_h - w->pad_top;
    const int across = i >= 0 && i + (p->runs - 1) * p->run_step + p->run <= width;

    if (across && p->runs == 1 && row >= 0 && row + (w->kernel_h - 1) * w->dilation_h < w->input_h) {
        (void)ecgp_dual_copy(image + row * width + i, w->kernel_h, w->dilation_h * width, p->run, to);
        return;
    }
    for (int32_t left = w->kernel_h; left > 0; left--) {
        const int inside = row >= 0 && row < w->input_h;
        const int8_t *const line = inside ? image + row * width : image;

        if (across && inside) {
            to = ecgp_dual_copy(line + i, p->runs, p->run_step, p->run, to);
        } else {
            for (int32_t run = 0; run < p->runs; run++) {
                to = copy_edge(p, line, inside ? width : 0, i + run * p->run_step, to);
            }
        }
        row += w->dilation_h;
    }
}

/** The windows of a tile; positions behind the last are those of the last. */
static void copy_tile(const ecgp_conv_dual_params *p, const int8_t *input, int32_t position, int32_t positions,
                      uint32_t *to)
{
    const ecgp_rows *const w = &p->window;
    const int32_t row = position / w->output_w;
    const int32_t batch = row / w->output_h;
    const int8_t *image = input + batch * w->input_h * w->input_w * w->input_c;
    int32_t y = row - batch * w->output_h;
    int32_t x = position - row * w->output_w;

    for (int32_t k = 0; k < ECGP_DUAL_TILE; k++) {
        copy_window(p, image, y, x, to + k);
        if (position + k + 1 < positions && ++x == w->output_w) {
            x = 0;
            if (++y == w->output_h) {
                y = 0;
                image += w->input_h * w->input_w * w->input_c;
            }
        }
    }
}

/** All channels of a tile. */
static void channels(const ecgp_conv_dual_params *p, const uint32_t *inputs, int8_t *output, int32_t step)
{
    const int32_t odd = p->outputs & 1;
    ecgp_dual_tile t;

    t.bias = p->requant.bias;
    t.multiplier = p->requant.multiplier;
    t.shift = p->requant.shift;
    t.zero = p->requant.zero_point;
    t.output = output;
    t.step = step;
    t.last = t.bias + (odd != 0 ? 2 : p->outputs);
    t.pool = p->pool;
    ecgp_dual_begin(&t, p->weights, inputs, p->words);
    ecgp_dual_run(&t);
    if (p->outputs > 2 && odd != 0) { /* channel 1 once more, and the others */
        t.bias -= 1;
        t.multiplier -= 1;
        t.shift -= 1;
        t.output -= 1;
        t.last = p->requant.bias + p->outputs;
        ecgp_dual_run(&t);
    }
}

/** Applies the range of the outputs to `count` bytes. */
static ECGP_NOINLINE void clamp(const ecgp_requant *r, int8_t *output, int32_t count)
{
    const uint32_t min = 0x01010101u * ((uint32_t)r->min & 0xffu);
    const uint32_t max = 0x01010101u * ((uint32_t)r->max & 0xffu);

    for (; count >= 4; count -= 4) {
        ecgp_store4(output, ecgp_min4(ecgp_max4(ecgp_load4(output), min), max));
        output += 4;
    }
    for (; count > 0; count--) {
        *output = (int8_t)ecgp_clamp(*output, r->min, r->max);
        output++;
    }
}

void ecgp_conv_dual_s8(const ecgp_conv_dual_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_rows *const w = &p->window;
    const int32_t positions = w->batches * w->output_h * w->output_w;
    const int32_t bytes = positions / p->pool * p->outputs;
    uint32_t *const inputs = scratch;

    ECGP_ASSERT(ecgp_rows_is_valid(w) && p->requant.per_channel == 1);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -22, -2));
    ECGP_ASSERT(p->pool == 1 || (p->pool == 2 && w->output_w % 2 == 0));
    ECGP_ASSERT(p->runs >= 1 && p->run >= 1 && p->outputs >= 2);
    ECGP_ASSERT(p->words == w->kernel_h * p->runs * (p->run / 4 * 2 + (p->run % 4 + 1) / 2));
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);

    if (positions < ECGP_DUAL_TILE) {
        int8_t *const staged = (int8_t *)(inputs + ECGP_DUAL_TILE * p->words);

        copy_tile(p, input, 0, positions, inputs);
        channels(p, inputs, staged, p->outputs);
        memcpy(output, staged, (size_t)bytes);
    } else {
        for (int32_t next = 0; next < positions; next += ECGP_DUAL_TILE) {
            const int32_t position = next <= positions - ECGP_DUAL_TILE ? next : positions - ECGP_DUAL_TILE;

            copy_tile(p, input, position, positions, inputs);
            channels(p, inputs, output + position / p->pool * p->outputs, p->outputs);
        }
    }
    if (p->requant.min != -128 || p->requant.max != 127) {
        clamp(&p->requant, output, bytes);
    }
}
