/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_smlad.c
 * @brief See ecgp_conv_smlad.h, and ecgp_smlad.h for the trick: a block of four weights is loaded once for eight positions.
 *
 * Requantization is monotone within a channel, so the largest of two accumulators gives the largest of two outputs:
 * pooling comes first, and half of the values are requantized, straight from the registers where a tile is whole.
 */
#include "ecgp_conv_smlad.h"

#include "ecgp_compiler.h"
#include "ecgp_smlad.h"
#include "ecgp_rescale.h"

/**
 * `count` words of a plane, the first at byte i of the row, each `step` bytes from the last, from bytes of the row and the
 * pad value where it has none. line: NULL where it has none at all. Returns behind them.
 */
static ECGP_NOINLINE uint32_t *expand_edge(const ecgp_rows *w, const int8_t *line, int32_t i, int32_t step, int32_t count,
                                         uint32_t *to)
{
    const int32_t width = line != NULL ? w->input_w * w->input_c : 0;
    const uint32_t pad = 0x01010101u * ((uint32_t)w->pad_value & 0xffu);

    for (; count > 0; count--) {
        uint32_t four = pad;

        for (int32_t k = 0; k < 4 && i + k < width; k++) {
            if (i + k >= 0) {
                four &= ~(0xffu << (8 * k));
                four |= ((uint32_t)line[i + k] & 0xffu) << (8 * k);
            }
        }
        *to++ = four ^ ECGP_SMLAD_UNSIGNED;
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
        const uint32_t *const end = to + inside;
        const int8_t *from = line + i + edge * step;

        if ((inside & 1) != 0) {
            *to++ = ecgp_load4(from) ^ ECGP_SMLAD_UNSIGNED;
            from += step;
        }
        for (; to != end; to += 2) {
            const uint32_t four = ecgp_load4(from);
            const uint32_t next = ecgp_load4(from + step);

            to[0] = four ^ ECGP_SMLAD_UNSIGNED;
            to[1] = next ^ ECGP_SMLAD_UNSIGNED;
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

            for (int32_t byte = 0; byte < p->run; byte += 4) {
                expand_plane(w, line, first + byte, step, count, to);
                to += p->length;
            }
        }
    }
}

/** Writes the one output of a channel without blocks. */
static ECGP_NOINLINE void fill(const ecgp_conv_smlad_params *p, int32_t value, int32_t positions, int8_t *output)
{
    const int8_t clamped = (int8_t)ecgp_clamp(value, p->requant.min, p->requant.max);
    const int32_t step = p->outputs;
    const int32_t count = p->pool == 2 ? positions >> 1 : positions;

    for (int32_t left = count >> 1; left > 0; left--) {
        output[0] = clamped;
        output[step] = clamped;
        output += 2 * step;
    }
    if ((count & 1) != 0) {
        *output = clamped;
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

/**
 * All channels of a chunk, of which the first `positions` are in the output row. Where the range is full, tiles are finished
 * from the registers. Then the last one is moved back to end with the row, and a few outputs are written twice.
 */
static void chunk(const ecgp_conv_smlad_params *p, uint32_t *entries, const uint32_t *inputs, int32_t positions,
                  int8_t *output)
{
    const int full = p->requant.min == -128 && p->requant.max == 127 && positions >= ECGP_SMLAD_TILE;
    const int32_t rest = positions & (ECGP_SMLAD_TILE - 1);
    const uint8_t *deltas = p->deltas;
    const int8_t *weights = p->weights;
    ecgp_smlad_tiles t;

    t.entries = entries;
    t.step = p->outputs;
    for (int32_t c = 0; c < p->outputs; c++) {
        const int32_t bias = p->requant.bias[c];
        const ecgp_rescale r = ecgp_rescale_of(&p->requant, c, bias);

        if (*deltas == 0u) {
            fill(p, ecgp_rescaled(&r, bias), positions, output + c);
            deltas++;
            continue;
        }
        deltas = ecgp_smlad_spread(deltas, &weights, entries);
        t.start = bias;
        t.multiplier = r.multiplier;
        t.zero = r.zero;
        t.right = r.right;
        t.inputs = inputs;
        t.output = output + c;
        t.pool = full != 0 ? p->pool : 0;
        if (full != 0) {
            t.end = inputs + positions - rest;
            ecgp_smlad_run(&t);
            if (rest != 0) {
                const int32_t back = ECGP_SMLAD_TILE - rest;

                t.inputs -= back;
                t.end = t.inputs + ECGP_SMLAD_TILE;
                t.output -= (p->pool == 2 ? back >> 1 : back) * t.step;
                ecgp_smlad_run(&t);
            }
            continue;
        }
        for (int32_t left = positions; left > 0; left -= ECGP_SMLAD_TILE) {
            ecgp_smlad_run(&t);
            t.output = finish(p, &r, t.sums, left, t.output);
            t.inputs += ECGP_SMLAD_TILE;
        }
    }
}

void ecgp_conv_sparse_blocks_smlad_s8(const ecgp_conv_smlad_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_rows *const w = &p->window;
    const int32_t row_bytes = (p->pool == 2 ? w->output_w >> 1 : w->output_w) * p->outputs;
    const int32_t chunk_bytes = (p->pool == 2 ? p->chunk >> 1 : p->chunk) * p->outputs;
    uint32_t *const entries = scratch;
    uint32_t *const inputs = entries + p->entries;

    ECGP_ASSERT(ecgp_rows_is_valid(&p->window));
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -22, -2));
    ECGP_ASSERT(p->pool == 1 || (p->pool == 2 && p->window.output_w % 2 == 0));
    ECGP_ASSERT(p->chunk >= ECGP_SMLAD_TILE && p->chunk % ECGP_SMLAD_TILE == 0 && p->length >= p->chunk);
    ECGP_ASSERT(p->phases >= 1 && p->phases <= w->stride_w && p->run >= 1 && p->entries >= ECGP_SMLAD_ENTRY);
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);

    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            int8_t *out = output;

            for (int32_t x = 0; x < w->output_w; x += p->chunk) {
                const int32_t left = w->output_w - x;
                const int32_t tiles = (left + ECGP_SMLAD_TILE - 1) / ECGP_SMLAD_TILE * ECGP_SMLAD_TILE;

                expand(p, input, y, x, p->length - (tiles < p->chunk ? p->chunk - tiles : 0), inputs);
                chunk(p, entries, inputs, left < p->chunk ? left : p->chunk, out);
                out += chunk_bytes;
            }
            output += row_bytes;
        }
        input += w->input_h * w->input_w * w->input_c;
    }
}
