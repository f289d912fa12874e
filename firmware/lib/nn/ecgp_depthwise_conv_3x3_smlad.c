/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_3x3_smlad.c
 * @brief See ecgp_depthwise_conv_3x3_smlad.h. A channel's 3x3 weights stay in registers, and a line of the image rolls by.
 *
 * A block of the image is staged for four channels, padding filled in, so that a cell is a word and a line starts
 * ECGP_DEPTHWISE_PITCH bytes behind the one before: all addresses are one register and constants. Then each channel by
 * itself: a column of three cells is loaded once, two of them in one word, and goes into the sums of the positions that see
 * it. Outputs replace the cells that no later position reads. Up to nine taps of one row are three lines, each of them the
 * row from three cells further on.
 *
 * Weights and bias are doubled, as ecgp_rescale.h doubles sums. Bound: that of ecgp_rescale.h, and right <= 12, see
 * ecgp_depthwise_3x3_asm.h.
 */
#include "ecgp_depthwise_conv_3x3_smlad.h"

#include <stddef.h>

#include "ecgp_compiler.h"
#include "ecgp_rescale.h"

/** Channels of a word. */
#define LANES 4
#define PITCH ECGP_DEPTHWISE_PITCH

/** A channel's lines. What a loop loads lies before `lowest`, what stays in registers from there: two LDM. */
typedef struct {
    int32_t doubled_bias;
    int8_t *end;         /**< a column behind those of the whole turns of the first line; as `lowest` */
    int32_t gap;         /**< from where the line's loop leaves off to the next line */
    int32_t line_step;   /**< bytes from a line to the next */
    int8_t *last;        /**< `end` of the line behind the last */
    int32_t rest;        /**< positions behind the whole turns */
    int8_t *lowest;      /**< the lowest cell of the first column */
    uint32_t weights[5]; /**< doubled: 0 and 3, 1 and 4, 2 and 5, 6 and 7, 8 */
    int32_t multiplier;
    int32_t right; /**< see ecgp_rescale */
    int32_t zero;
} channel;

/** A part of the output. */
typedef struct {
    int32_t line;
    int32_t at;
    int32_t lines;
    int32_t count; /**< positions of each line */
} block;

#if ECGP_DSP && ECGP_ASSEMBLY

#include "ecgp_depthwise_3x3_asm.h"

#else

/** One position, whose first cell is given. */
static int8_t convolve(const channel *t, const int8_t *cell)
{
    const ecgp_rescale r = {0, t->multiplier, t->right, t->zero, -128, 127};
    int32_t sum = t->doubled_bias;

    for (int32_t k = 0; k < 3; k++) {
        const int32_t first = cell[LANES * k];
        const int32_t second = cell[LANES * k + PITCH];
        const uint32_t last = k == 1 ? t->weights[3] >> 16 : t->weights[3 + k / 2];

        sum += first * (int16_t)t->weights[k] + second * (int16_t)(t->weights[k] >> 16);
        sum += cell[LANES * k + 2 * PITCH] * (int16_t)last;
    }
    return (int8_t)ecgp_ssat8(ecgp_rescaled(&r, sum / 2));
}

/** All lines, an output for every `stride` cells. */
static void run(const channel *t, int32_t stride)
{
    int8_t *cell = t->lowest;

    for (const int8_t *end = t->end; end != t->last; end += t->line_step) {
        for (; cell + 3 * LANES < end + LANES * t->rest; cell += stride * LANES) {
            cell[-2 * PITCH] = convolve(t, cell - 2 * PITCH);
        }
        cell += (end + LANES * t->rest - cell) + t->gap;
    }
}

static ECGP_NOINLINE void run_1(const channel *t)
{
    run(t, 1);
}

static ECGP_NOINLINE void run_2(const channel *t)
{
    run(t, 2);
}

#endif

/** `count` words, steps in bytes. */
static void copy_words(const int8_t *from, int32_t from_step, int8_t *to, int32_t to_step, int32_t count)
{
    for (; count >= 4; count -= 4) {
        const uint32_t a = ecgp_load4(from);
        const uint32_t b = ecgp_load4(from + from_step);
        const uint32_t c = ecgp_load4(from + 2 * from_step);
        const uint32_t d = ecgp_load4(from + 3 * from_step);

        ecgp_store4(to, a);
        ecgp_store4(to + to_step, b);
        ecgp_store4(to + 2 * to_step, c);
        ecgp_store4(to + 3 * to_step, d);
        from += 4 * from_step;
        to += 4 * to_step;
    }
    for (; count > 0; count--) {
        ecgp_store4(to, ecgp_load4(from));
        from += from_step;
        to += to_step;
    }
}

/** copy_words() with each byte clamped. */
static void copy_clamped(const int8_t *from, int32_t from_step, int8_t *to, int32_t to_step, int32_t count,
                         const ecgp_requant *r)
{
    const uint32_t min = 0x01010101u * (uint8_t)r->min;
    const uint32_t max = 0x01010101u * (uint8_t)r->max;

    for (; count > 0; count--) {
        ecgp_store4(to, ecgp_max4(ecgp_min4(ecgp_load4(from), max), min));
        from += from_step;
        to += to_step;
    }
}

/** `count` words of the pad value; returns behind them. */
static int8_t *fill_words(int8_t *to, int32_t value, int32_t count)
{
    const uint32_t word = 0x01010101u * (uint8_t)value;

    for (; count >= 4; count -= 4) {
        ecgp_store4(to, word);
        ecgp_store4(to + LANES, word);
        ecgp_store4(to + 2 * LANES, word);
        ecgp_store4(to + 3 * LANES, word);
        to += 4 * LANES;
    }
    for (; count > 0; count--) {
        ecgp_store4(to, word);
        to += LANES;
    }
    return to;
}

/** One staged line: cells of the line at `from`, from `first` on. */
static void stage_line(const ecgp_depthwise_conv_3x3_smlad_params *p, const int8_t *from, int32_t first, int32_t cells, int8_t *to)
{
    const int32_t start = first < 0 ? 0 : first;
    const int32_t before = start - first < cells ? start - first : cells;
    const int32_t rest = p->along.inputs - start;
    const int32_t most = cells - before;
    const int32_t inside = rest < 0 ? 0 : (rest < most ? rest : most);

    to = fill_words(to, p->pad_value, before);
    copy_words(from + start * p->along.input_step, p->along.input_step, to, LANES, inside);
    (void)fill_words(to + LANES * inside, p->pad_value, most - inside);
}

/** The cells that a block reads, four channels of them, from `image` on. */
static ECGP_NOINLINE void stage(const ecgp_depthwise_conv_3x3_smlad_params *p, const block *b, const int8_t *image, int8_t *to)
{
    const int32_t cells = (b->count - 1) * p->stride + 3;
    const int32_t rows = p->lines.inputs;
    int32_t first = b->at * p->stride - p->along.pad;
    int32_t row = b->line * p->stride - p->lines.pad;

    for (const int8_t *const end = to + ((b->lines - 1) * p->stride + 3) * PITCH; to != end; to += PITCH) {
        if (row >= 0 && row < rows) {
            stage_line(p, image + row * p->lines.input_step, first, cells, to);
        } else {
            (void)fill_words(to, p->pad_value, cells);
        }
        row++;
        first += p->shift;
    }
}

/** What a block's channels have in common; the first staged cell is `cell`. */
static void set_lines(const ecgp_depthwise_conv_3x3_smlad_params *p, const block *b, int8_t *cell, channel *t)
{
    const int32_t few = p->stride == 1 && b->count < 3; /* then a whole turn computes them */
    const int32_t rest = p->stride == 1 && few == 0 ? b->count % 3 : 0;
    const int32_t whole = few != 0 ? 3 : b->count - rest;
    const int32_t columns = p->stride == 1 ? whole + 2 : (whole + 1) / 2 * 4 + 1;
    const int32_t read = LANES * (columns + 1); /* the loops load one column ahead */

    t->lowest = cell + 2 * PITCH;
    t->end = t->lowest + read;
    t->line_step = p->stride * PITCH;
    t->rest = rest;
    t->gap = t->line_step - read - LANES * rest;
    t->last = t->end + b->lines * t->line_step;
}

/** All lines of four channels, the first is c. */
static ECGP_NOINLINE void convolve_channels(const ecgp_depthwise_conv_3x3_smlad_params *p, int32_t c, channel *t)
{
    const int8_t *w = p->weights + ECGP_DEPTHWISE_3X3_WEIGHTS * c;

    for (int32_t k = 0; k < LANES; k++) {
        const ecgp_rescale r = ecgp_rescale_of(&p->requant, c + k, 0);
        const uint32_t first = ecgp_load4(w);
        const uint32_t second = ecgp_load4(w + 4);

        t->doubled_bias = r.doubled_bias;
        t->weights[0] = ecgp_sxtab16(ecgp_sxtb16(first), first);
        t->weights[1] = ecgp_sxtab16_ror8(ecgp_sxtb16_ror8(first), first);
        t->weights[2] = ecgp_sxtab16(ecgp_sxtb16(second), second);
        t->weights[3] = ecgp_sxtab16_ror8(ecgp_sxtb16_ror8(second), second);
        t->weights[4] = (uint32_t)(2 * w[8]);
        t->multiplier = r.multiplier;
        t->right = r.right;
        t->zero = r.zero;
        if (t->line_step == PITCH) {
            run_1(t);
        } else {
            run_2(t);
        }
        w += ECGP_DEPTHWISE_3X3_WEIGHTS;
        t->lowest++;
        t->end++;
        t->last++;
    }
}

/** The outputs of a block, four channels of them. */
static ECGP_NOINLINE void store(const ecgp_depthwise_conv_3x3_smlad_params *p, const block *b, const int8_t *from, int8_t *to)
{
    const int full = p->requant.min == -128 && p->requant.max == 127;
    const int32_t step = p->along.output_step;

    to += b->line * p->lines.output_step + b->at * step;
    for (int32_t line = 0; line < b->lines; line++) {
        if (full != 0) {
            copy_words(from, p->stride * LANES, to, step, b->count);
        } else {
            copy_clamped(from, p->stride * LANES, to, step, b->count, &p->requant);
        }
        from += p->stride * PITCH;
        to += p->lines.output_step;
    }
}

/** All channels of a block. */
static void convolve_block(const ecgp_depthwise_conv_3x3_smlad_params *p, const block *b, const int8_t *input, int8_t *output,
                           int8_t *staged)
{
    channel t;

    for (int32_t c = 0; c < p->channels; c += LANES) {
        stage(p, b, input + c, staged);
        set_lines(p, b, staged, &t);
        convolve_channels(p, c, &t);
        store(p, b, staged, output + c);
    }
}

void ecgp_depthwise_conv_3x3_smlad_s8(const ecgp_depthwise_conv_3x3_smlad_params *p, const int8_t *input, int8_t *output,
                                      void *scratch)
{
    block b;

    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->channels, -12, -2));
    ECGP_ASSERT(p->channels % LANES == 0 && p->band >= 1 && p->chunk >= 1 && (p->stride == 1 || p->stride == 2));
    ECGP_ASSERT(p->chunk <= (p->stride == 1 ? 27 : 14) && ((uintptr_t)scratch & 3u) == 0u);

    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (b.line = 0; b.line < p->lines.outputs; b.line += p->band) {
            const int32_t lines = p->lines.outputs - b.line;

            b.lines = lines < p->band ? lines : p->band;
            for (b.at = 0; b.at < p->along.outputs; b.at += p->chunk) {
                const int32_t count = p->along.outputs - b.at;

                b.count = count < p->chunk ? count : p->chunk;
                convolve_block(p, &b, input, output, scratch);
            }
        }
        input += p->image_bytes;
        output += p->lines.outputs * p->along.outputs * p->channels;
    }
}
