/**
 * @file ep_conv_helium.c
 * @brief See ep_conv_helium.h, and ep_helium.h for the arithmetic.
 */
#include "ep_conv_helium.h"

#include "ep_helium.h"
#include "ep_helium_rescale.h"

/** EP_HELIUM_TILE positions: in an output row, or, where fields are collected, anywhere in the output. */
typedef struct {
    int32_t row;   /**< always 0 where fields are collected */
    int32_t first; /**< position in the row */
    int32_t count; /**< positions that exist: fewer than a tile where the whole row is shorter */
} tile;

/** The part of a kernel row from column x on that one position reads, the pad value where the input has none. */
static void collect_row(const ep_window *w, const int8_t *line, int32_t x, int8_t *to)
{
    const int32_t channels = w->input_c;

    if (w->dilation_w == 1 && x >= 0 && x + w->kernel_w <= w->input_w) {
        ep_helium_copy(to, line + x * channels, w->kernel_w * channels);
        return;
    }
    for (int32_t kx = 0; kx < w->kernel_w; kx++) {
        if (x >= 0 && x < w->input_w) {
            ep_helium_copy(to, line + x * channels, channels);
        } else {
            memset(to, (int)w->pad_value, (size_t)channels);
        }
        x += w->dilation_w;
        to += channels;
    }
}

/** Copies the field of the output's position `at`, counted along rows, then down, then image after image. */
static void collect(const ep_window *w, const int8_t *input, int32_t at, int8_t *to)
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

/** Where the fields of a tile lie: p->step bytes apart. */
static const int8_t *fields(const ep_conv_helium_params *p, const tile *t, const int8_t *input, int8_t *copy)
{
    const ep_window *const w = &p->window;

    if (p->collect != 0) {
        for (int32_t k = 0; k < t->count; k++) {
            collect(w, input, t->first + k, copy + k * p->step);
        }
        return copy;
    }
    const int32_t batch = t->row / w->output_h;
    const int32_t y = (t->row - batch * w->output_h) * w->stride_h;
    const int32_t x = t->first * w->stride_w - w->pad_left;
    const int32_t columns = (EP_HELIUM_TILE - 1) * w->stride_w + w->kernel_w;
    const int8_t *const line = input + (batch * w->input_h + y) * w->input_w * w->input_c;

    if (x >= 0 && x + columns <= w->input_w) {
        return line + x * w->input_c;
    }
    ep_stage_row(w, line, x, columns, copy);
    return copy;
}

/** Requantizes a tile's sums. `spare` takes the outputs of a tile that is longer than its row. */
static void finish(const ep_conv_helium_params *p, const tile *t, int32_t width, const int32_t *sums, int8_t *spare,
                   int8_t *output)
{
    int8_t *const to = output + (t->row * width + t->first) / p->pool * p->outputs;

    ep_helium_finish(&p->requant, sums, p->outputs, p->pool, t->count < EP_HELIUM_TILE ? spare : to);
    if (t->count < EP_HELIUM_TILE) {
        memcpy(to, spare, (size_t)(t->count / p->pool * p->outputs));
    }
}

void ep_conv_helium_s8(const ep_conv_helium_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ep_window *const w = &p->window;
    const int32_t lines = w->batches * w->output_h;
    const int32_t rows = p->collect != 0 ? 1 : lines;
    const int32_t width = p->collect != 0 ? lines * w->output_w : w->output_w;
    const int32_t last = width < EP_HELIUM_TILE ? 0 : width - EP_HELIUM_TILE;
    int32_t *const sums = scratch;
    int8_t *const copy = (int8_t *)(sums + p->outputs * EP_HELIUM_TILE);
    int8_t *const spare = copy + (p->collect != 0 ? EP_HELIUM_TILE * p->step : (EP_HELIUM_TILE - 1) * p->step + p->depth);
    tile t = {0, 0, width < EP_HELIUM_TILE ? width : EP_HELIUM_TILE};

    for (; t.row < rows; t.row++) {
        for (int32_t x = 0; x < width; x += EP_HELIUM_TILE) {
            t.first = x < last ? x : last;

            const int8_t *const from = fields(p, &t, input, copy);
            const int8_t *weights = p->weights;

            for (int32_t at = 0; at < p->depth; at += EP_HELIUM_TAPS) {
                ep_helium_taps(from + at, p->step, weights, p->outputs, p->depth - at, at == 0, sums);
                weights += p->outputs * EP_HELIUM_TAPS;
            }
            finish(p, &t, width, sums, spare, output);
        }
    }
}
