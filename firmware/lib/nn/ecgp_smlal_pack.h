/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlal_pack.h
 * @brief Packs the input of a chunk for ecgp_conv_smlal.c.
 *
 * Where both columns of a word lie within the input, which is nearly everywhere, nothing is tested.
 */
#ifndef ECGP_SMLAL_PACK_H
#define ECGP_SMLAL_PACK_H

#include "ecgp_conv_smlal.h"
#include "ecgp_smlal.h"

/** A kernel row's words in a chunk: word i of a channel holds the columns column + i * stride and, `apart` further, its partner. */
typedef struct {
    int32_t channels; /**< bytes from a column to the next */
    int32_t width;    /**< columns of the input */
    int32_t column;
    int32_t stride;
    int32_t apart;
    int32_t first; /**< words from `first` up to `end` have both columns within the input, others may not */
    int32_t end;
    int32_t count;  /**< words of a channel */
    int32_t length; /**< words from a channel to the next */
    int8_t pad;
} ecgp_smlal_line;

#if ECGP_ASSEMBLY
#include "ecgp_smlal_pack_asm.h"
#else

/** Packs the words of a channel from `first` up to `end`, of which there is one at least. */
static ECGP_NOINLINE void ecgp_smlal_pack_inside(const ecgp_smlal_line *l, const int8_t *input, int32_t *words)
{
    const int32_t step = l->stride * l->channels;
    const int32_t *const end = words + l->end;
    const int8_t *a = input + (l->column + l->first * l->stride) * l->channels;
    const int8_t *b = a + l->apart * l->channels;

    words += l->first;
    if (((l->end - l->first) & 1) != 0) {
        *words++ = ecgp_smlal_word(*a, *b);
        a += step;
        b += step;
    }
    for (; words != end; words += 2) {
        const int32_t word = ecgp_smlal_word(a[0], b[0]);
        const int32_t next = ecgp_smlal_word(a[step], b[step]);

        a += 2 * step;
        b += 2 * step;
        words[0] = word;
        words[1] = next;
    }
}

#endif

/** Packs word i of all channels. input: column 0, NULL where the row is padding. */
static ECGP_NOINLINE void ecgp_smlal_pack_edge(const ecgp_smlal_line *l, const int8_t *input, int32_t i, int32_t *words)
{
    const int32_t lower = l->column + i * l->stride;
    const int32_t upper = lower + l->apart;
    const int from_lower = input != NULL && lower >= 0 && lower < l->width;
    const int from_upper = input != NULL && upper >= 0 && upper < l->width;
    const int32_t length = l->length;
    const int8_t *a = from_lower != 0 ? input + lower * l->channels : &l->pad;
    const int8_t *b = from_upper != 0 ? input + upper * l->channels : &l->pad;

    words += i;
    for (int32_t left = l->channels; left > 0; left--) {
        *words = ecgp_smlal_word(*a, *b);
        a += from_lower;
        b += from_upper;
        words += length;
    }
}

/** Packs all channels of a kernel row. input: column 0, NULL where the row is padding. */
static ECGP_NOINLINE void ecgp_smlal_pack_row(const ecgp_smlal_line *l, const int8_t *input, int32_t *words)
{
    const int inside = input != NULL && l->first < l->end;
    const int32_t first = inside != 0 ? l->first : l->count;

    for (int32_t i = 0; i < first; i++) {
        ecgp_smlal_pack_edge(l, input, i, words);
    }
    if (inside != 0) {
        for (int32_t i = l->end; i < l->count; i++) {
            ecgp_smlal_pack_edge(l, input, i, words);
        }
        for (int32_t c = 0; c < l->channels; c++) {
            ecgp_smlal_pack_inside(l, input + c, words);
            words += l->length;
        }
    }
}

/** Packs the input of the chunk whose lower half begins at position x of output row y, the upper one `apart` later. */
static ECGP_NOINLINE void ecgp_smlal_pack(const ecgp_conv_smlal_params *p, const int8_t *image, int32_t y, int32_t x, int32_t apart,
                                      int32_t count, int32_t *to)
{
    const ecgp_rows *const w = &p->window;
    ecgp_smlal_line l = {w->input_c, w->input_w, x * w->stride_w - w->pad_left, w->stride_w, apart * w->stride_w,
                         0,          0,          count,                          p->phases * p->length, (int8_t)w->pad_value};

    for (int32_t phase = 0; phase < p->phases; phase++) {
        const int32_t end = (w->input_w - l.apart - l.column + l.stride - 1) / l.stride;
        int32_t *words = to + phase * p->length;
        int32_t row = y * w->stride_h - w->pad_top;

        l.end = end < count ? end : count;
        l.first = l.column < 0 ? (l.stride - 1 - l.column) / l.stride : 0;
        for (int32_t ky = 0; ky < w->kernel_h; ky++) {
            const int inside = row >= 0 && row < w->input_h;

            ecgp_smlal_pack_row(&l, inside != 0 ? image + row * l.width * l.channels : NULL, words);
            words += l.channels * l.length;
            row += w->dilation_h;
        }
        l.column++;
    }
}

#endif /* ECGP_SMLAL_PACK_H */
