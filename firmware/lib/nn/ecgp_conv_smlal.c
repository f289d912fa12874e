/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_smlal.c
 * @brief See ecgp_conv_smlal.h, and ecgp_smlal.h for the trick: a weight is loaded once and multiplied at eight positions.
 *
 * Requantization is monotone within a channel, so the largest of two accumulators gives the largest of two outputs:
 * pooling comes first, and half of the values are requantized. Tiles are whole: at the end of a row they are moved back,
 * and the upper positions towards the lower ones, so that some outputs are computed and written twice.
 */
#include "ecgp_conv_smlal.h"

#include "ecgp_compiler.h"
#include "ecgp_smlal.h"
#include "ecgp_smlal_pack.h"

/** What does all channels of a chunk; apart: positions from the lower half to the upper. */
typedef void chunk_function(const ecgp_conv_smlal_params *p, int32_t *words, int32_t distance, int32_t apart, int8_t *output);

/** The channels of a chunk. */
static ecgp_smlal_channels channels_of(const ecgp_conv_smlal_params *p, const int32_t *words, int32_t distance, int32_t apart,
                                       int8_t *output)
{
    const ecgp_requant *const r = &p->requant;
    const int32_t upper = (p->pool == 2 ? apart >> 1 : apart) * p->outputs;
    const ecgp_smlal_channels c = {r->zero_point, p->outputs, upper,   upper + p->outputs, words + distance,
                                   p->pool,       p->outputs, p->entries, p->counts,       r->bias,
                                   r->multiplier, r->shift,   output,  words,              r->per_channel};

    return c;
}

/** The channels of a sparse stream. */
static ECGP_NOINLINE void sparse_chunk(const ecgp_conv_smlal_params *p, int32_t *words, int32_t distance, int32_t apart,
                                     int8_t *output)
{
    ecgp_smlal_channels c = channels_of(p, words, distance, apart, output);

    ecgp_smlal_run(&c);
}

/** Where decode() stands. */
typedef struct {
    int32_t column;
    int32_t delta;
    uint8_t *entry;
} decoder;

/** One code. */
static inline void decode_one(decoder *d, int32_t gap, uint8_t weight, int32_t dilation, int32_t columns, int32_t next_line)
{
    d->delta += gap * dilation;
    for (d->column += gap; d->column >= columns; d->column -= columns) {
        d->delta += next_line;
    }
    if (weight != 0) {
        d->entry[0] = (uint8_t)d->delta;
        d->entry[1] = weight;
        d->entry += ECGP_SPARSE_ENTRY;
        d->delta = 0;
    }
}

/** Writes the entries of `count` codes, one at least; returns where the codes end, and in *end where the entries do. */
static const uint8_t *decode(const ecgp_conv_smlal_codes_params *p, const uint8_t *codes, int32_t count, uint8_t *entries,
                             const uint8_t **end)
{
    const int32_t columns = p->kernel_w;
    const int32_t dilation = p->dilation_w;
    const int32_t next_line = p->packed.length - columns * dilation;
    decoder d = {0, 0, entries};

    for (; count > 1; count -= 2) {
        decode_one(&d, codes[0] & 15, codes[1], dilation, columns, next_line);
        decode_one(&d, codes[0] >> 4, codes[2], dilation, columns, next_line);
        codes += 3;
    }
    if (count != 0) {
        decode_one(&d, codes[0], codes[1], dilation, columns, next_line);
        codes += 2;
    }
    if (d.entry == entries) {
        d.entry[0] = 0;
        d.entry[1] = 0;
        d.entry += ECGP_SPARSE_ENTRY;
    }
    *end = d.entry;
    return codes;
}

/** The channels of a coded stream, each made entries first. p: the first member of its parameters. */
static ECGP_NOINLINE void coded_chunk(const ecgp_conv_smlal_params *p, int32_t *words, int32_t distance, int32_t apart,
                                    int8_t *output)
{
    const ecgp_conv_smlal_codes_params *const coded = (const ecgp_conv_smlal_codes_params *)(const void *)p;
    uint8_t *const entries = (uint8_t *)(words + p->window.kernel_h * p->window.input_c * p->length);
    const uint8_t *codes = p->entries;
    const uint8_t *end;
    uint16_t counts[2] = {0, 0};
    ecgp_smlal_channels c = channels_of(p, words, distance, apart, output);

    for (int32_t i = 0; i < p->outputs; i++) {
        codes = decode(coded, codes, p->counts[i], entries, &end);
        counts[1] = (uint16_t)((end - entries) / ECGP_SPARSE_ENTRY);
        c.left = 1;
        c.entries = entries;
        c.counts = counts;
        c.bias = p->requant.bias + i;
        c.multiplier = p->requant.multiplier + i * p->requant.per_channel;
        c.shift = p->requant.shift + i * p->requant.per_channel;
        c.output = output + i;
        ecgp_smlal_run(&c);
    }
}

/** The clamp to less than int8. */
static void clamp(const ecgp_requant *r, int8_t *output, int32_t count)
{
    const int32_t min = r->min;
    const int32_t max = r->max;

    for (const int8_t *const end = output + count; output != end; output++) {
        *output = (int8_t)ecgp_clamp(*output, min, max);
    }
}

/** The convolution, chunk by chunk. */
static ECGP_NOINLINE void convolve(const ecgp_conv_smlal_params *p, const int8_t *input, int8_t *output, int32_t *words,
                                 chunk_function *chunk)
{
    const ecgp_rows *const w = &p->window;
    const int32_t width = w->output_w;
    const int32_t position_bits = p->pool == 2 ? 1 : 0;
    const int32_t row_bytes = (width >> position_bits) * p->outputs;

    ECGP_ASSERT(ecgp_rows_is_valid(&p->window));
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -22, -2));
    ECGP_ASSERT(p->pool == 1 || (p->pool == 2 && p->window.output_w % 2 == 0));
    ECGP_ASSERT(width >= ECGP_SMLAL_WORDS && p->distance >= ECGP_SMLAL_WORDS && p->distance % ECGP_SMLAL_WORDS == 0);
    ECGP_ASSERT(p->phases >= 1 && p->phases <= w->stride_w && p->length >= p->distance);
    ECGP_ASSERT(((uintptr_t)words & 3u) == 0u);

    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            for (int32_t x = 0; x < width; x += 2 * p->distance) {
                const int32_t tiles = (width - x + 2 * ECGP_SMLAL_WORDS - 1) / (2 * ECGP_SMLAL_WORDS);
                const int32_t distance = ECGP_SMLAL_WORDS * tiles < p->distance ? ECGP_SMLAL_WORDS * tiles : p->distance;
                const int32_t lower = x < width - distance ? x : width - distance;
                const int32_t room = width - distance - lower;
                const int32_t apart = distance < room ? distance : room;

                ecgp_smlal_pack(p, input, y, lower, apart, p->length - p->distance + distance, words);
                chunk(p, words, distance, apart, output + (lower >> position_bits) * p->outputs);
            }
            if (p->requant.min != -128 || p->requant.max != 127) {
                clamp(&p->requant, output, row_bytes);
            }
            output += row_bytes;
        }
        input += w->input_h * w->input_w * w->input_c;
    }
}

void ecgp_conv_sparse_smlal_s8(const ecgp_conv_smlal_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    convolve(p, input, output, scratch, sparse_chunk);
}

void ecgp_conv_sparse_smlal_codes_s8(const ecgp_conv_smlal_codes_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    ECGP_ASSERT(p->packed.window.stride_w == 1);
    convolve(&p->packed, input, output, scratch, coded_chunk);
}
