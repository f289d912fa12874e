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
    const int32_t upper = column + apart;
    const int inside_a = line != NULL && column >= 0 && column < w->input_w;
    const int inside_b = line != NULL && upper >= 0 && upper < w->input_w;
    const int8_t *const pixel_a = inside_a ? line + column * w->input_c : line;
    const int8_t *const pixel_b = inside_b ? line + upper * w->input_c : line;

    for (int32_t c = 0; c < w->input_c; c++) {
        const int32_t a = inside_a ? pixel_a[c] : w->pad_value;
        const int32_t b = inside_b ? pixel_b[c] : w->pad_value;

        *to = ep_pair(a, b);
        to += step;
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

/** Writes the outputs of four adjacent positions, of which `left` are in the row, `step` bytes apart. */
static inline void finish(const ep_rescale *r, const int32_t *sums, int32_t left, int32_t pool, int32_t step,
                          int8_t *output)
{
    if (pool == 2) {
        const int32_t first = sums[0] > sums[1] ? sums[0] : sums[1];

        if (left >= 2) {
            output[0] = ep_rescaled(r, first);
        }
        if (left >= 4) {
            output[step] = ep_rescaled(r, sums[2] > sums[3] ? sums[2] : sums[3]);
        }
    } else if (left >= 4) {
        output[0] = ep_rescaled(r, sums[0]);
        output[step] = ep_rescaled(r, sums[1]);
        output[2 * step] = ep_rescaled(r, sums[2]);
        output[3 * step] = ep_rescaled(r, sums[3]);
    } else {
        for (int32_t k = 0; k < left; k++) {
            output[k * step] = ep_rescaled(r, sums[k]);
        }
    }
}

/** All channels of a chunk. left: positions from its first one to the row's end. */
static void chunk(const ep_conv_pairs_params *p, const int32_t *words, int32_t left, int8_t *output)
{
    const uint8_t *entries = p->entries;
    const int32_t outputs = p->outputs;
    const int32_t distance = p->distance;
    const int32_t tile_step = EP_PAIR_WORDS / p->pool * outputs;
    const int32_t upper_half = distance / p->pool * outputs;

    for (int32_t c = 0; c < outputs; c++) {
        const uint8_t *const end = entries + EP_SPARSE_ENTRY * p->counts[c];
        const ep_rescale rescale = ep_rescale_of(&p->requant, c);
        int8_t *out = output + c;

        for (int32_t t = 0; t < distance; t += EP_PAIR_WORDS) {
            int32_t sums[EP_PAIR_POSITIONS];

            ep_pairs_sparse(entries, end, words + t, sums);
            finish(&rescale, sums, left - t, p->pool, outputs, out);
            finish(&rescale, sums + EP_PAIR_WORDS, left - t - distance, p->pool, outputs, out + upper_half);
            out += tile_step;
        }
        entries = end;
    }
}

void ep_conv_sparse_pairs_s8(const ep_conv_pairs_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ep_window *const w = &p->window;
    const int32_t positions = 2 * p->distance;

    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            for (int32_t x = 0; x < w->output_w; x += positions) {
                pack(p, input, y, x, scratch);
                chunk(p, scratch, w->output_w - x, output + x / p->pool * p->outputs);
            }
            output += w->output_w / p->pool * p->outputs;
        }
        input += w->input_h * w->input_w * w->input_c;
    }
}
