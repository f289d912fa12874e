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

/** One input channel's words in a chunk: word i holds column + i * stride, and what lies `apart` columns further on. */
typedef struct {
    int32_t column;
    int32_t stride;
    int32_t apart;
    int32_t first; /**< words from `first` up to `end` have both columns within the input */
    int32_t end;
    int32_t count; /**< words */
} run;

/** Words `from` up to `to` where columns may lie outside of the input; line: NULL where all of them do. */
static void pack_edge(const ep_window *w, const run *r, const int8_t *line, int32_t from, int32_t to, int32_t *words)
{
    for (int32_t i = from; i < to; i++) {
        int32_t inputs[2];

        for (int32_t half = 0; half < 2; half++) {
            const int32_t column = r->column + i * r->stride + half * r->apart;
            const int inside = line != NULL && column >= 0 && column < w->input_w;

            inputs[half] = inside ? line[column * w->input_c] : w->pad_value;
        }
        words[i] = ep_pair(inputs[0], inputs[1]);
    }
}

/** `count` words, one more where that is odd: inputs lie `step` bytes from one another, the upper ones `apart` bytes on. */
static void pack_inside(const int8_t *a, int32_t apart, int32_t step, int32_t count, int32_t *words)
{
    const int8_t *b = a + apart;

    for (const int32_t *const end = words + (count & ~1); words != end; words += 2) {
        const int32_t word = ep_pair(a[0], b[0]);
        const int32_t next = ep_pair(a[step], b[step]);

        a += 2 * step;
        b += 2 * step;
        words[0] = word;
        words[1] = next;
    }
    if ((count & 1) != 0) {
        *words = ep_pair(*a, *b);
    }
}

/** Sets first and end. */
static void cut(const ep_window *w, run *r)
{
    r->first = 0;
    r->end = r->count;
    while (r->first < r->end && r->column + r->first * r->stride < 0) {
        r->first++;
    }
    while (r->first < r->end && r->column + r->apart + (r->end - 1) * r->stride >= w->input_w) {
        r->end--;
    }
}

/** Packs the input of the chunk whose lower half begins at position x of output row y, the upper one `apart` later. */
static void pack(const ep_conv_pairs_params *p, const int8_t *image, int32_t y, int32_t x, int32_t apart, int32_t count,
                 int32_t *to)
{
    const ep_window *const w = &p->window;

    for (int32_t phase = 0; phase < p->phases; phase++) {
        run r = {x * w->stride_w - w->pad_left + phase, w->stride_w, apart * w->stride_w, 0, 0, count};
        int32_t *words = to + phase * p->length;
        int32_t row = y * w->stride_h - w->pad_top;

        cut(w, &r);
        for (int32_t ky = 0; ky < w->kernel_h; ky++) {
            const int inside = row >= 0 && row < w->input_h;

            for (int32_t c = 0; c < w->input_c; c++) {
                const int8_t *const line = inside ? image + row * w->input_w * w->input_c + c : NULL;

                if (!inside || r.first == r.end) {
                    pack_edge(w, &r, line, 0, count, words);
                } else {
                    pack_edge(w, &r, line, 0, r.first, words);
                    pack_inside(line + (r.column + r.first * r.stride) * w->input_c, r.apart * w->input_c,
                                r.stride * w->input_c, r.end - r.first, words + r.first);
                    pack_edge(w, &r, line, r.end, count, words);
                }
                words += p->phases * p->length;
            }
            row += w->dilation_h;
        }
    }
}

/** Writes the one output of a channel without weights. */
static void fill(const ep_pairs_channel *c, int8_t value)
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
static void chunk(const ep_conv_pairs_params *p, const int32_t *words, int32_t distance, int32_t apart, int8_t *output)
{
    const int32_t upper = (p->pool == 2 ? apart >> 1 : apart) * p->outputs;
    const uint8_t *entries = p->entries;

    for (int32_t i = 0; i < p->outputs; i++) {
        const int32_t count = p->counts[i];
        const uint8_t *const end = entries + EP_SPARSE_ENTRY * count;
        const ep_rescale r = ep_rescale_of(&p->requant, i, 0);
        const int32_t skip = count == 1 ? 4 : (1 - count) & 3;
        ep_pairs_channel c = {r.doubled_bias, r.multiplier, r.right, r.zero, p->outputs, upper, upper + p->outputs,
                              output + i,     words,        words + distance, entries, end, skip, p->pool};

        if (count != 0) {
            ep_pairs_tiles(&c);
        } else {
            fill(&c, (int8_t)ep_saturate(ep_rescaled(&r, 0)));
        }
        entries = end;
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
