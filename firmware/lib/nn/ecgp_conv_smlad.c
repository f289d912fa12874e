/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_smlad.c
 * @brief See ecgp_conv_smlad.h, and ecgp_smlad.h for the loops: a block of four weights is loaded once for eight positions.
 *
 * Requantization is monotone within a channel, so the largest of two accumulators gives the largest of two outputs:
 * pooling comes first, and half of the values are requantized, straight from the registers where a tile is whole.
 */
#include "ecgp_conv_smlad.h"

#include "ecgp_compiler.h"
#include "ecgp_smlad.h"
#include "ecgp_rescale.h"

/** The two words of a position. */
static inline void put(uint32_t four, uint32_t *to)
{
    to[0] = ecgp_sxtb16(four);
    to[1] = ecgp_sxtb16_ror8(four);
}

/**
 * `count` positions of a plane, the first at byte i of the row, each `step` bytes from the last, from bytes of the row and the
 * pad value where it has none. line: NULL where it has none at all. Returns behind them.
 */
static ECGP_NOINLINE uint32_t *expand_edge(const ecgp_rows *w, const int8_t *line, int32_t i, int32_t step, int32_t count,
                                         uint32_t *to)
{
    const int32_t width = line != NULL ? w->input_w * w->input_c : 0;
    const uint32_t pad = 0x01010101u * ((uint32_t)w->pad_value & 0xffu);

    for (; count > 0; count--) {
        uint32_t four = pad;

        for (int32_t k = i < 0 ? -i : 0; k < 4 && i + k < width; k++) {
            four &= ~(0xffu << (8 * k));
            four |= ((uint32_t)line[i + k] & 0xffu) << (8 * k);
        }
        put(four, to);
        to += ECGP_SMLAD_WORDS;
        i += step;
    }
    return to;
}

/** One plane: the same, but quickly where four bytes are in the row. */
static void expand_plane(const ecgp_rows *w, const int8_t *line, int32_t i, int32_t step, int32_t count, uint32_t *to)
{
    const int32_t last = w->input_w * w->input_c - 4;
    const int32_t before = line == NULL ? count : i < 0 ? (step - 1 - i) / step : 0;
    const int32_t until = line == NULL || i > last ? 0 : (last - i) / step + 1;
    const int32_t edge = before < count ? before : count;
    const int32_t inside = (until < count ? until : count) - edge;

    to = expand_edge(w, line, i, step, edge, to);
    if (inside > 0) {
        const uint32_t *const end = to + ECGP_SMLAD_WORDS * inside;
        const int8_t *from = line + i + edge * step;

        if ((inside & 1) != 0) {
            put(ecgp_load4(from), to);
            to += ECGP_SMLAD_WORDS;
            from += step;
        }
        for (; to != end; to += 2 * ECGP_SMLAD_WORDS) {
            const uint32_t four = ecgp_load4(from);
            const uint32_t next = ecgp_load4(from + step);

            put(four, to);
            put(next, to + ECGP_SMLAD_WORDS);
            from += 2 * step;
        }
    }
    count -= inside > 0 ? edge + inside : edge;
    expand_edge(w, line, i + (inside > 0 ? edge + inside : edge) * step, step, count, to);
}

/** Expands the input of the chunk whose first position is x in output row y; `count` positions of each plane are read. */
static ECGP_NOINLINE void expand(const ecgp_conv_smlad_params *p, const int8_t *image, int32_t y, int32_t x, int32_t count,
                   uint32_t *to)
{
    const ecgp_rows *const w = &p->window;
    const int32_t step = w->stride_w * w->input_c;

    for (int32_t ky = 0; ky < w->kernel_h; ky++) {
        const int32_t row = y * w->stride_h - w->pad_top + ky * w->dilation_h;
        const int8_t *const line = row >= 0 && row < w->input_h ? image + row * w->input_w * w->input_c : NULL;

        for (int32_t phase = 0; phase < p->phases; phase++) {
            const int32_t first = (x * w->stride_w - w->pad_left + phase) * w->input_c;

            for (int32_t plane = 0; plane < p->planes; plane++) {
                expand_plane(w, line, first + p->starts[plane], step, count, to);
                to += ECGP_SMLAD_WORDS * p->length;
            }
        }
    }
}

/** Writes the outputs of a tile of which the first `left` positions are wanted, clamped to any range. */
static ECGP_NOINLINE int8_t *finish(const ecgp_conv_smlad_params *p, const ecgp_rescale *r, const int32_t *sums, int32_t left,
                                  int8_t *output)
{
    const int32_t pool = p->pool;
    const int32_t count = left < ECGP_SMLAD_TILE ? left : ECGP_SMLAD_TILE;

    for (int32_t k = 0; k < count; k += pool) {
        const int32_t sum = pool == 2 && sums[k + 1] > sums[k] ? sums[k + 1] : sums[k];

        *output = (int8_t)ecgp_clamp(ecgp_rescaled(r, sum), r->min, r->max);
        output += p->outputs;
    }
    return output;
}

/** Whether outputs have the full range, and none is shifted too far for ecgp_smlad_run(). */
static int is_full(const ecgp_requant *r, int32_t outputs)
{
    const int32_t shifts = r->per_channel != 0 ? outputs : 1;
    int32_t least = 0;

    for (int32_t i = 0; i < shifts; i++) {
        least = r->shift[i] < least ? r->shift[i] : least;
    }
    return r->min == -128 && r->max == 127 && least >= -ECGP_SMLAD_MOST_RIGHT;
}

/**
 * All channels of a chunk, of which the first `positions` are in the output row. Where outputs are `full`, tiles are finished
 * from the registers, and the last one is moved back to end with the row: a few outputs are written twice.
 */
static ECGP_NOINLINE void chunk(const ecgp_conv_smlad_params *p, int full, const uint32_t *inputs, int32_t positions,
                              int8_t *output)
{
    const ecgp_requant *const r = &p->requant;
    const uint32_t *const first = inputs - ECGP_SMLAD_WORDS;
    ecgp_smlad_channels c;

    c.step = p->outputs;
    c.zero = r->zero_point;
    c.end = first + ECGP_SMLAD_WORDS * (positions - ECGP_SMLAD_TILE);
    c.pool = full != 0 ? p->pool : 0;
    c.left = full != 0 ? p->outputs : 1;
    c.entries = p->entries;
    c.bias = r->bias;
    c.multiplier = r->multiplier;
    c.shift = r->shift;
    c.output = output;
    c.inputs = first;
    c.per_channel = r->per_channel;
    if (full != 0) {
        ecgp_smlad_run(&c);
        return;
    }
    for (int32_t i = 0; i < p->outputs; i++) {
        const ecgp_rescale rescale = ecgp_rescale_of(r, i, r->bias[i]);
        const uint8_t *const entries = c.entries;
        int8_t *to = output + i;

        for (int32_t done = 0; done < positions; done += ECGP_SMLAD_TILE) {
            c.left = 1;
            c.entries = entries;
            c.bias = r->bias + i;
            c.multiplier = r->multiplier;
            c.shift = r->shift;
            c.inputs = first + ECGP_SMLAD_WORDS * done;
            ecgp_smlad_run(&c);
            to = finish(p, &rescale, c.sums, positions - done, to);
        }
    }
}

void ecgp_conv_sparse_blocks_smlad_s8(const ecgp_conv_smlad_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_rows *const w = &p->window;
    const int32_t row_bytes = (p->pool == 2 ? w->output_w >> 1 : w->output_w) * p->outputs;
    const int32_t chunk_bytes = (p->pool == 2 ? p->chunk >> 1 : p->chunk) * p->outputs;
    const int full = is_full(&p->requant, p->outputs);
    uint32_t *const inputs = (uint32_t *)scratch + ECGP_SMLAD_WORDS; /* the first position is counted from the one before */

    ECGP_ASSERT(ecgp_rows_is_valid(&p->window));
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -22, -2));
    ECGP_ASSERT(ecgp_requant_is_normalized(&p->requant, p->outputs));
    ECGP_ASSERT(p->pool == 1 || (p->pool == 2 && p->window.output_w % 2 == 0));
    ECGP_ASSERT(p->chunk >= ECGP_SMLAD_TILE && p->chunk % ECGP_SMLAD_TILE == 0 && p->length >= p->chunk);
    ECGP_ASSERT(p->phases >= 1 && p->phases <= w->stride_w && p->planes >= 1);
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);

    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            int8_t *out = output;

            for (int32_t x = 0; x < w->output_w; x += p->chunk) {
                const int32_t left = w->output_w - x;
                const int32_t tiles = (left + ECGP_SMLAD_TILE - 1) / ECGP_SMLAD_TILE * ECGP_SMLAD_TILE;

                expand(p, input, y, x, p->length - (tiles < p->chunk ? p->chunk - tiles : 0), inputs);
                chunk(p, full != 0 && left >= ECGP_SMLAD_TILE, inputs, left < p->chunk ? left : p->chunk, out);
                out += chunk_bytes;
            }
            output += row_bytes;
        }
        input += w->input_h * w->input_w * w->input_c;
    }
}
