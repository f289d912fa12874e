/**
 * @file ep_conv_pairs.c
 * @brief See ep_conv_pairs.h, and ep_pairs.h for the trick: a weight is loaded once and multiplied at eight positions.
 *
 * Requantization is monotone within a channel, so the largest of two accumulators gives the largest of two outputs:
 * pooling comes first, and half of the values are requantized. Tiles are whole: at the end of a row they are moved back,
 * and the upper positions towards the lower ones, so that some outputs are computed and written twice.
 */
#include "ep_conv_pairs.h"

#include "ep_pairs.h"

/** One input channel's words in a chunk: word i holds the columns column + i * stride and, `apart` further, its partner. */
typedef struct {
    int32_t channels; /**< bytes from a column to the next */
    int32_t width;    /**< columns of the input */
    int32_t pad;
    int32_t column;
    int32_t stride;
    int32_t apart;
    int32_t first; /**< words from `first` up to `end` have both columns within the input, others may not; -1: none has */
    int32_t end;
    int32_t count; /**< words */
} line;

/** Packs the words from `first` up to `end`. */
static EP_NOINLINE void pack_inside(const line *l, const int8_t *input, int32_t *words)
{
    const int32_t step = l->stride * l->channels;
    const int32_t *const end = words + l->end;
    const int8_t *a = input + (l->column + l->first * l->stride) * l->channels;
    const int8_t *b = a + l->apart * l->channels;

    words += l->first;
    if (((l->end - l->first) & 1) != 0) {
        *words++ = ep_pair(*a, *b);
        a += step;
        b += step;
    }
    for (; words != end; words += 2) {
        const int32_t word = ep_pair(a[0], b[0]);
        const int32_t next = ep_pair(a[step], b[step]);

        a += 2 * step;
        b += 2 * step;
        words[0] = word;
        words[1] = next;
    }
}

/** Packs one input channel. input: column 0, NULL where the row is padding. */
static EP_NOINLINE void pack_line(const line *l, const int8_t *input, int32_t *words)
{
    for (int32_t i = 0; i < l->count; i++) {
        const int32_t lower = l->column + i * l->stride;
        const int32_t upper = lower + l->apart;
        int32_t a = l->pad;
        int32_t b = l->pad;

        if (input != NULL) {
            if (i == l->first) {
                pack_inside(l, input, words);
                i = l->end - 1;
                continue;
            }
            a = lower >= 0 && lower < l->width ? input[lower * l->channels] : a;
            b = upper >= 0 && upper < l->width ? input[upper * l->channels] : b;
        }
        words[i] = ep_pair(a, b);
    }
}

/** Packs the input of the chunk whose lower half begins at position x of output row y, the upper one `apart` later. */
static EP_NOINLINE void pack(const ep_conv_pairs_params *p, const int8_t *image, int32_t y, int32_t x, int32_t apart, int32_t count,
                 int32_t *to)
{
    const ep_window *const w = &p->window;
    line l = {w->input_c, w->input_w, w->pad_value, x * w->stride_w - w->pad_left, w->stride_w, apart * w->stride_w, 0, 0,
              count};

    for (int32_t phase = 0; phase < p->phases; phase++) {
        const int32_t end = (w->input_w - l.apart - l.column + l.stride - 1) / l.stride;
        int32_t *words = to + phase * p->length;
        int32_t row = y * w->stride_h - w->pad_top;

        l.end = end < count ? end : count;
        l.first = l.column < 0 ? (l.stride - 1 - l.column) / l.stride : 0;
        l.first = l.first < l.end ? l.first : -1;
        for (int32_t ky = 0; ky < w->kernel_h; ky++) {
            const int8_t *const input = row >= 0 && row < w->input_h ? image + row * l.width * l.channels : NULL;

            for (int32_t c = 0; c < l.channels; c++) {
                pack_line(&l, input == NULL ? NULL : input + c, words);
                words += p->phases * p->length;
            }
            row += w->dilation_h;
        }
        l.column++;
    }
}

/** Writes the one output of a channel without weights. */
static EP_NOINLINE void fill(const ep_pairs_channel *c, int8_t value)
{
    const int32_t pooled = c->pool == 2 ? 2 : 1;
    int8_t *output = c->output;

    for (const int32_t *word = c->words; word != c->last; word += pooled) {
        output[0] = value;
        output[c->upper] = value;
        output += c->step;
    }
}

/** All channels of a chunk. apart: positions from the lower half to the upper. */
static EP_NOINLINE void chunk(const ep_conv_pairs_params *p, const int32_t *words, int32_t distance, int32_t apart,
                              int8_t *output)
{
    const int32_t outputs = p->outputs;
    const uint16_t *counts = p->counts;
    ep_pairs_channel c;

    c.step = outputs;
    c.upper = (p->pool == 2 ? apart >> 1 : apart) * outputs;
    c.upper_step = c.upper + outputs;
    c.last = words + distance;
    c.end = p->entries;
    c.pool = p->pool;
    for (int32_t i = 0; i < outputs; i++) {
        const int32_t count = *counts++;
        const ep_rescale r = ep_rescale_of(&p->requant, i, 0);

        c.output = output + i;
        c.words = words;
        if (count == 0) {
            fill(&c, (int8_t)ep_saturate(ep_rescaled(&r, 0)));
            continue;
        }
        c.doubled_bias = r.doubled_bias;
        c.multiplier = r.multiplier;
        c.right = r.right;
        c.zero = r.zero;
        c.entries = c.end;
        c.end += EP_SPARSE_ENTRY * count;
        c.skip = count == 1 ? 4 : (1 - count) & 3;
        ep_pairs_tiles(&c);
    }
}

/** The clamp to less than int8. */
static void clamp(const ep_requant *r, int8_t *output, int32_t count)
{
    const int32_t min = r->min;
    const int32_t max = r->max;

    for (const int8_t *const end = output + count; output != end; output++) {
        *output = (int8_t)ep_clamp(*output, min, max);
    }
}

void ep_conv_sparse_pairs_s8(const ep_conv_pairs_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ep_window *const w = &p->window;
    const int32_t width = w->output_w;
    const int32_t position_bits = p->pool == 2 ? 1 : 0;
    const int32_t row_bytes = (width >> position_bits) * p->outputs;

    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            for (int32_t x = 0; x < width; x += 2 * p->distance) {
                const int32_t tiles = (width - x + 2 * EP_PAIR_WORDS - 1) / (2 * EP_PAIR_WORDS);
                const int32_t distance = EP_PAIR_WORDS * tiles < p->distance ? EP_PAIR_WORDS * tiles : p->distance;
                const int32_t lower = x < width - distance ? x : width - distance;
                const int32_t room = width - distance - lower;
                const int32_t apart = distance < room ? distance : room;

                pack(p, input, y, lower, apart, p->length - p->distance + distance, scratch);
                chunk(p, scratch, distance, apart, output + (lower >> position_bits) * p->outputs);
            }
            if (p->requant.min != -128 || p->requant.max != 127) {
                clamp(&p->requant, output, row_bytes);
            }
            output += row_bytes;
        }
        input += w->input_h * w->input_w * w->input_c;
    }
}
