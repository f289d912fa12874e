/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_3x3_smlad.c
 * @brief See ecgp_depthwise_conv_3x3_smlad.h. A channel's 3x3 weights stay in registers, and a line of the image rolls by.
 *
 * A block of the image is staged for four channels, padding filled in, so that a cell is a word and a line starts
 * ECGP_DEPTHWISE_PITCH bytes behind the one before: all addresses are one register and constants. Then each channel by
 * itself: a column of three cells is loaded once, two of them in one word, and goes into the sums of the positions that see
 * it. Outputs replace the cells that no later position reads.
 *
 * Weights and bias are doubled, as ecgp_rescale.h doubles sums. Bound: that of ecgp_rescale.h.
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
    int8_t *end;         /**< a column behind those of the first line, with what it computes too much; as `lowest` */
    int32_t gap;         /**< from there to the next line */
    int32_t line_step;   /**< bytes from a line to the next */
    int8_t *last;        /**< `end` of the line behind the last */
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
        for (; cell + 3 * LANES < end; cell += stride * LANES) {
            cell[-2 * PITCH] = convolve(t, cell - 2 * PITCH);
        }
        cell += (end - cell) + t->gap;
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
    for (; count > 0; count--) {
        ecgp_store4(to, 0x01010101u * (uint8_t)value);
        to += LANES;
    }
    return to;
}

/** The cells that a block reads, four channels of them, from `image` on. */
static void stage(const ecgp_depthwise_conv_3x3_smlad_params *p, const block *b, const int8_t *image, int8_t *to)
{
    const int32_t cells = (b->count - 1) * p->stride + 3;
    const int32_t first = b->at * p->stride - p->along.pad;
    const int32_t start = first < 0 ? 0 : first;
    const int32_t rest = p->along.inputs - start;
    const int32_t before = start - first;
    const int32_t inside = rest < cells - before ? rest : cells - before;

    for (int32_t line = 0; line < (b->lines - 1) * p->stride + 3; line++) {
        const int32_t row = b->line * p->stride - p->lines.pad + line;

        if (row >= 0 && row < p->lines.inputs && inside > 0) {
            int8_t *const next = fill_words(to, p->pad_value, before);

            copy_words(image + row * p->lines.input_step + start * p->along.input_step, p->along.input_step, next, LANES,
                       inside);
            (void)fill_words(next + LANES * inside, p->pad_value, cells - before - inside);
        } else {
            (void)fill_words(to, p->pad_value, cells);
        }
        to += PITCH;
    }
}

/** All lines of one channel, whose first staged cell is `cell`. */
static void convolve_channel(const ecgp_depthwise_conv_3x3_smlad_params *p, const block *b, int32_t c, int8_t *cell)
{
    const int8_t *const w = p->weights + 9 * c;
    const ecgp_rescale r = ecgp_rescale_of(&p->requant, c, 0);
    const int32_t columns = p->stride == 1 ? (b->count + 2) / 3 * 3 + 2 : (b->count + 1) / 2 * 4 + 1;
    const int32_t read = LANES * (columns + 1); /* the loops load one column ahead */
    channel t;

    t.doubled_bias = r.doubled_bias;
    t.lowest = cell + 2 * PITCH;
    t.end = t.lowest + read;
    t.line_step = p->stride * PITCH;
    t.gap = t.line_step - read;
    t.last = t.end + b->lines * t.line_step;
    for (int32_t k = 0; k < 3; k++) {
        t.weights[k] = ((uint32_t)(2 * w[k]) & 0xffffu) | (uint32_t)(2 * w[3 + k]) << 16;
    }
    t.weights[3] = ((uint32_t)(2 * w[6]) & 0xffffu) | (uint32_t)(2 * w[7]) << 16;
    t.weights[4] = (uint32_t)(2 * w[8]);
    t.multiplier = r.multiplier;
    t.right = r.right;
    t.zero = r.zero;
    if (p->stride == 1) {
        run_1(&t);
    } else {
        run_2(&t);
    }
}

/** All channels of a block. */
static void convolve_block(const ecgp_depthwise_conv_3x3_smlad_params *p, const block *b, const int8_t *input, int8_t *output,
                           int8_t *staged)
{
    const int full = p->requant.min == -128 && p->requant.max == 127;
    const int32_t step = p->stride * LANES;

    for (int32_t c = 0; c < p->channels; c += LANES) {
        stage(p, b, input + c, staged);
        for (int32_t k = 0; k < LANES; k++) {
            convolve_channel(p, b, c + k, staged + k);
        }
        for (int32_t line = 0; line < b->lines; line++) {
            const int8_t *const from = staged + line * p->stride * PITCH;
            int8_t *const to = output + (b->line + line) * p->lines.output_step + b->at * p->along.output_step + c;

            if (full != 0) {
                copy_words(from, step, to, p->along.output_step, b->count);
            } else {
                copy_clamped(from, step, to, p->along.output_step, b->count, &p->requant);
            }
        }
    }
}

void ecgp_depthwise_conv_3x3_smlad_s8(const ecgp_depthwise_conv_3x3_smlad_params *p, const int8_t *input, int8_t *output,
                                      void *scratch)
{
    block b;

    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->channels, -22, -2));
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
        input += p->lines.inputs * p->along.inputs * p->channels;
        output += p->lines.outputs * p->along.outputs * p->channels;
    }
}
