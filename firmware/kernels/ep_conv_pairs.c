/**
 * @file ep_conv_pairs.c
 * @brief See ep_conv_pairs.h, and ep_pairs.h for the trick: a weight is loaded once and multiplied at eight positions.
 *
 * Requantization is monotone within a channel, so the largest of two accumulators gives the largest of two outputs:
 * pooling comes first, and half of the values are requantized.
 */
#include "ep_conv_pairs.h"

#include "ep_pairs.h"
#include "ep_rescale.h"

/** Packs one pixel of each of the chunk's halves, `step` words between channels. line: NULL where all is padding. */
static void pack_pixels(const ep_window *w, const int8_t *line, int32_t column, int32_t apart, int32_t step,
                        int32_t *to)
{
    const int32_t channels = w->input_c;
    const int32_t upper = column + apart;
    const int inside_a = line != NULL && column >= 0 && column < w->input_w;
    const int inside_b = line != NULL && upper >= 0 && upper < w->input_w;

    if (inside_a && inside_b) {
        const int8_t *a = line + column * channels;
        const int8_t *b = line + upper * channels;
        const int8_t *const end = a + channels;

        for (; a != end; to += step) {
            *to = ep_pair(*a++, *b++);
        }
        return;
    }
    for (int32_t c = 0; c < channels; c++) {
        const int32_t a = inside_a ? line[column * channels + c] : w->pad_value;
        const int32_t b = inside_b ? line[upper * channels + c] : w->pad_value;

        to[c * step] = ep_pair(a, b);
    }
}

/** Packs the input of the chunk whose first position is x in output row y. */
static void pack(const ep_conv_pairs_params *p, const int8_t *image, int32_t y, int32_t x, int32_t *to)
{
    const ep_window *const w = &p->window;
    const int32_t step = p->phases * p->length;

    for (int32_t ky = 0; ky < w->kernel_h; ky++) {
        const int32_t row = y * w->stride_h - w->pad_top + ky * w->dilation_h;
        const int8_t *const line = row >= 0 && row < w->input_h ? image + row * w->input_w * w->input_c : NULL;

        for (int32_t phase = 0; phase < p->phases; phase++) {
            int32_t column = x * w->stride_w - w->pad_left + phase;

            for (int32_t i = 0; i < p->length; i++) {
                pack_pixels(w, line, column, p->distance * w->stride_w, step, to + phase * p->length + i);
                column += w->stride_w;
            }
        }
        to += w->input_c * step;
    }
}

/** Writes one channel's outputs, `step` bytes apart: `count` of them, the first in *output. */
static inline void finish(const ep_rescale *r, const int32_t *sums, int32_t count, int32_t pool, int full, int32_t step,
                          int8_t *output)
{
    const ep_rescale each = *r;

    for (const int32_t *const end = sums + count * pool; sums != end; sums += pool) {
        const int32_t sum = pool == 2 && sums[1] > sums[0] ? sums[1] : sums[0];
        const int32_t value = ep_rescaled(&each, sum);

        *output = (int8_t)(full != 0 ? ep_saturate(value) : ep_clamp(value, each.min, each.max));
        output += step;
    }
}

/** All channels of a chunk, of which the first `positions` are in the output row. */
static void chunk(const ep_conv_pairs_params *p, const int32_t *words, int32_t *sums, int32_t positions, int8_t *output)
{
    const uint8_t *entries = p->entries;
    const int32_t outputs = p->outputs;
    const int full = p->requant.min == -128 && p->requant.max == 127;

    for (int32_t c = 0; c < outputs; c++) {
        const uint8_t *const end = entries + EP_SPARSE_ENTRY * p->counts[c];
        const ep_rescale rescale = ep_rescale_of(&p->requant, c, EP_PAIR_START);

        ep_pairs_sparse(entries, end, words, p->distance, sums);
        if (p->pool == 2 && full) {
            finish(&rescale, sums, positions >> 1, 2, 1, outputs, output + c);
        } else if (p->pool == 2) {
            finish(&rescale, sums, positions >> 1, 2, 0, outputs, output + c);
        } else if (full) {
            finish(&rescale, sums, positions, 1, 1, outputs, output + c);
        } else {
            finish(&rescale, sums, positions, 1, 0, outputs, output + c);
        }
        entries = end;
    }
}

void ep_conv_sparse_pairs_s8(const ep_conv_pairs_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ep_window *const w = &p->window;
    const int32_t positions = 2 * p->distance;
    const int32_t row_bytes = (p->pool == 2 ? w->output_w >> 1 : w->output_w) * p->outputs;
    const int32_t chunk_bytes = (p->pool == 2 ? p->distance : positions) * p->outputs;
    int32_t *const sums = scratch;
    int32_t *const words = sums + positions;

    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            int8_t *out = output;

            for (int32_t x = 0; x < w->output_w; x += positions) {
                const int32_t left = w->output_w - x;

                pack(p, input, y, x, words);
                chunk(p, words, sums, left < positions ? left : positions, out);
                out += chunk_bytes;
            }
            output += row_bytes;
        }
        input += w->input_h * w->input_w * w->input_c;
    }
}
