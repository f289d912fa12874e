/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_nine.h
 * @brief Nine taps of a channel, three in each of three lines, along lines that are staged for four channels.
 *
 * A cell is a word of four channels, and a line starts PITCH bytes behind the one before: all addresses are one register
 * and constants. A column of three cells is loaded once, two of them in one word, and goes into the sums of the positions
 * that see it, while the weights stay in registers. Outputs replace the cells that no later position reads.
 *
 * Weights and bias are doubled, as ecgp_rescale.h doubles sums. Bound: that of ecgp_rescale.h, and right <= 12, see
 * ecgp_depthwise_nine_asm.h.
 *
 * Who includes this has defined PITCH.
 */
#ifndef ECGP_DEPTHWISE_NINE_H
#define ECGP_DEPTHWISE_NINE_H

#include <stddef.h>
#include <stdint.h>

#include "ecgp_compiler.h"
#include "ecgp_rescale.h"

/** Taps of a channel. */
#define ECGP_DEPTHWISE_NINE 9
/** Channels of a word. */
#define LANES 4

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

#if ECGP_DSP && ECGP_ASSEMBLY

#include "ecgp_depthwise_nine_asm.h"

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

/** One staged line: `cells` cells of the line at `from`, from `first` on, where it has them, else the pad value. */
static void stage_line(const int8_t *from, int32_t inputs, int32_t step, int32_t first, int32_t cells, int32_t pad_value, int8_t *to)
{
    const int32_t start = first < 0 ? 0 : first;
    const int32_t before = start - first < cells ? start - first : cells;
    const int32_t rest = inputs - start;
    const int32_t most = cells - before;
    const int32_t inside = rest < 0 ? 0 : (rest < most ? rest : most);

    to = fill_words(to, pad_value, before);
    copy_words(from + start * step, step, to, LANES, inside);
    (void)fill_words(to + LANES * inside, pad_value, most - inside);
}

/** Stores `count` words, clamped where the range is not that of int8. Steps in bytes. */
static void store_words(const ecgp_requant *r, const int8_t *from, int32_t from_step, int8_t *to, int32_t to_step, int32_t count)
{
    if (r->min == -128 && r->max == 127) {
        copy_words(from, from_step, to, to_step, count);
    } else {
        copy_clamped(from, from_step, to, to_step, count, r);
    }
}

/**
 * What the channels have in common.
 *
 * @param cell    first staged cell of the first channel
 * @param stride  cells from a position to the next, 1 or 2
 * @param count   positions of a line, 1 and more
 * @param step    bytes from a line of outputs to the next
 * @param lines   of outputs
 */
static void set_lines(channel *t, int8_t *cell, int32_t stride, int32_t count, int32_t step, int32_t lines)
{
    const int32_t few = stride == 1 && count < 3; /* then a whole turn computes them */
    const int32_t rest = stride == 1 && few == 0 ? count % 3 : 0;
    const int32_t whole = few != 0 ? 3 : count - rest;
    const int32_t columns = stride == 1 ? whole + 2 : (whole + 1) / 2 * 4 + 1;
    const int32_t read = LANES * (columns + 1); /* the loops load one column ahead */

    t->lowest = cell + 2 * PITCH;
    t->end = t->lowest + read;
    t->line_step = step;
    t->rest = rest;
    t->gap = step - read - LANES * rest;
    t->last = t->end + lines * step;
}

/** All lines of four channels, the first is c. */
static ECGP_NOINLINE void convolve_channels(const ecgp_requant *requant, const int8_t *weights, int32_t stride, int32_t c, channel *t)
{
    const int8_t *w = weights + ECGP_DEPTHWISE_NINE * c;
    for (int32_t k = 0; k < LANES; k++) {
        const ecgp_rescale r = ecgp_rescale_of(requant, c + k, 0);
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
        if (stride == 1) {
            run_1(t);
        } else {
            run_2(t);
        }
        w += ECGP_DEPTHWISE_NINE;
        t->lowest++;
        t->end++;
        t->last++;
    }
}

#endif /* ECGP_DEPTHWISE_NINE_H */
