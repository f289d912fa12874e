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

/** Writes the one output of a channel without weights. */
static ECGP_NOINLINE void fill(const ecgp_smlal_channel *c, int8_t value)
{
    const int32_t pooled = c->pool == 2 ? 2 : 1;
    int8_t *output = c->output;

    for (const int32_t *word = c->words; word != c->last; word += pooled) {
        output[0] = value;
        output[c->upper] = value;
        output += c->step;
    }
}

/** What does all channels of a chunk; apart: positions from the lower half to the upper. */
typedef void chunk_function(const ecgp_conv_smlal_params *p, int32_t *words, int32_t distance, int32_t apart, int8_t *output);

/** What the channels of a chunk have in common. */
static ecgp_smlal_channel channels_of(const ecgp_conv_smlal_params *p, const int32_t *words, int32_t distance, int32_t apart)
{
    const int32_t upper = (p->pool == 2 ? apart >> 1 : apart) * p->outputs;
    const ecgp_smlal_channel c = {0,    0,     0,    0, p->outputs, upper, upper + p->outputs,
                                NULL, words, words + distance, NULL, NULL, p->entries, NULL, 0, 0, p->pool};

    return c;
}

/** Channel i, whose entries end at c->end: pairs of weights, then single ones. */
static ECGP_NOINLINE void channel(const ecgp_conv_smlal_params *p, int32_t i, int32_t pairs, int32_t count, ecgp_smlal_channel *c)
{
    const ecgp_rescale r = ecgp_rescale_of(&p->requant, i, 0);
    const int32_t left = pairs == 0 ? count - 1 : count;

    if (pairs + count == 0) {
        fill(c, (int8_t)ecgp_ssat8(ecgp_rescaled(&r, 0)));
        return;
    }
    c->doubled_bias = r.doubled_bias;
    c->multiplier = r.multiplier;
    c->right = r.right;
    c->zero = r.zero;
    c->entries = c->end - ECGP_SPARSE_ENTRY * count;
    c->pairs = c->entries - ECGP_SMLAL_PAIR * pairs;
    c->preload = left == 0 ? c->pairs : c->end - ECGP_SPARSE_ENTRY * left;
    c->skip_pairs = pairs == 1 ? 2 : (1 - pairs) & 1;
    c->skip = left == 0 ? 4 : -left & 3;
    ecgp_smlal_tiles(c);
}

/** The channels of a sparse stream. */
static ECGP_NOINLINE void sparse_chunk(const ecgp_conv_smlal_params *p, int32_t *words, int32_t distance, int32_t apart,
                                     int8_t *output)
{
    ecgp_smlal_channel c = channels_of(p, words, distance, apart);

    for (int32_t i = 0; i < p->outputs; i++) {
        c.output = output + i;
        c.words = words;
        c.end += ECGP_SMLAL_PAIR * p->counts[2 * i] + ECGP_SPARSE_ENTRY * p->counts[2 * i + 1];
        channel(p, i, p->counts[2 * i], p->counts[2 * i + 1], &c);
    }
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

/** Writes the entries of `count` codes; returns where the codes end, and in *end where the entries do. */
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
    ecgp_smlal_channel c = channels_of(p, words, distance, apart);

    for (int32_t i = 0; i < p->outputs; i++) {
        c.output = output + i;
        c.words = words;
        codes = decode(coded, codes, p->counts[i], entries, &c.end);
        channel(p, i, 0, (int32_t)(c.end - entries) / ECGP_SPARSE_ENTRY, &c);
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
