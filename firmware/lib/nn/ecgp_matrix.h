/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_matrix.h
 * @brief The inner products of FULLY_CONNECTED, and the output that a sum becomes.
 *
 * 1. Weights are words in the order they are multiplied in, so that one LDM fetches four and more of them.
 * 2. SXTB16 spreads bytes 0 and 2 (rotated: 1 and 3) of a word to int16, SMLAD adds two products to a sum.
 * Bound: 128 * sum|w| + |bias| < 2^30, proved by the generator; it holds for any order of additions. The C beside the
 * assembly gives the same bits. Both want little-endian words.
 */
#ifndef ECGP_MATRIX_H
#define ECGP_MATRIX_H

#include <stdint.h>

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

/** Sums that are turned into outputs together: a loop of its own for them keeps all it needs in registers. */
#define ECGP_MATRIX_SUMS 16

/** A sum with its bias as an output, but for its range. offset: 2 * zero point + 1. See ecgp_matrix_outputs(). */
static inline int32_t ecgp_matrix_output(int32_t sum, int32_t multiplier, int32_t shift, int32_t offset)
{
    ECGP_ASSERT(sum > -(1 << 30) && sum < (1 << 30));
    ECGP_ASSERT(shift >= -31 && shift <= -1 && multiplier >= 0);
    int32_t high = ecgp_smmulr(2 * sum, multiplier);

    high -= high < 0 ? 1 : 0;
    return ecgp_ssat8(((high >> ~shift) + offset) >> 1);
}

/**
 * ecgp_requantize() for the sums of `count` outputs from `first` on, bias not yet added, where -31 <= shift <= -1 and
 * |sum + bias| < 2^30. TFLM's second rounding, (high - (high < 0) + 2^(right - 1)) >> right, is done in shifts by
 * right - 1, which is ~shift, and by 1, before which 2 * zero point can be added too. Few models clamp outputs to less
 * than all of int8, so that has a loop of its own.
 */
static ECGP_NOINLINE ECGP_UNUSED void ecgp_matrix_outputs(const ecgp_requant *r, int32_t first, const int32_t *sums,
                                                           int32_t count, int8_t *output)
{
    const int32_t *bias = r->bias + first;
    const int32_t offset = 2 * r->zero_point + 1;
    const int32_t *const end = sums + count;
    int8_t *to = output;

    if (r->per_channel != 0) {
        const int32_t *multiplier = r->multiplier + first;
        const int8_t *shift = r->shift + first;

        while (sums != end) {
            *to++ = (int8_t)ecgp_matrix_output(*sums++ + *bias++, *multiplier++, *shift++, offset);
        }
    } else {
        const int32_t multiplier = r->multiplier[0];
        const int32_t shift = r->shift[0];

        while (sums != end) {
            *to++ = (int8_t)ecgp_matrix_output(*sums++ + *bias++, multiplier, shift, offset);
        }
    }
    if (r->min > -128 || r->max < 127) {
        for (int32_t k = 0; k < count; k++) {
            output[k] = (int8_t)ecgp_clamp(output[k], r->min, r->max);
        }
    }
}

/** acc plus four products, added one after the other: one MLA each. */
static inline int32_t ecgp_matrix_add(int32_t acc, const int8_t *w, int32_t x0, int32_t x1, int32_t x2, int32_t x3)
{
    acc += w[0] * x0;
    acc += w[1] * x1;
    acc += w[2] * x2;
    acc += w[3] * x3;
    return acc;
}

#if ECGP_DSP && ECGP_ASSEMBLY
#include "ecgp_matrix_asm.h"
#endif

#if ECGP_HELIUM

#include "ecgp_matrix_helium_asm.h"

#else

#if !(ECGP_DSP && ECGP_ASSEMBLY && ECGP_UNALIGNED)
/** Four outputs: acc[k] becomes the sum of the products of the bytes of w[4 * i + k] and the i-th four bytes of x. */
static inline void ecgp_matrix_four(const int32_t *w, const int8_t *x, const int8_t *end, int32_t acc[4])
{
    int32_t acc0 = 0;
    int32_t acc1 = 0;
    int32_t acc2 = 0;
    int32_t acc3 = 0;

    for (; x != end; x += 4) {
        const int8_t *const bytes = (const int8_t *)w;
        const int32_t x0 = x[0];
        const int32_t x1 = x[1];
        const int32_t x2 = x[2];
        const int32_t x3 = x[3];

        acc0 = ecgp_matrix_add(acc0, bytes, x0, x1, x2, x3);
        acc1 = ecgp_matrix_add(acc1, bytes + 4, x0, x1, x2, x3);
        acc2 = ecgp_matrix_add(acc2, bytes + 8, x0, x1, x2, x3);
        acc3 = ecgp_matrix_add(acc3, bytes + 12, x0, x1, x2, x3);
        w += 4;
    }
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

/**
 * The sums of `count` outputs, four at a time, a multiple of four and not 0.
 *
 * @param w    of four outputs a word each in turn, along the inputs
 * @param x    inputs
 * @param end  a multiple of four bytes after x, which are four at least
 * @return     behind the weights
 */
static inline const int32_t *ecgp_matrix_fours(const int32_t *w, const int8_t *x, const int8_t *end, int32_t *sums,
                                               int32_t count)
{
    const int32_t words = (int32_t)(end - x);

    for (int32_t k = 0; k < count; k += 4) {
        ecgp_matrix_four(w, x, end, sums + k);
        w += words;
    }
    return w;
}
#endif

/** The sums of `count` outputs, one by one: of the products of the bytes of w and of x. */
static ECGP_NOINLINE ECGP_UNUSED void ecgp_matrix_ones(const int32_t *w, const int8_t *x, const int8_t *end, int32_t *sums,
                                                  int32_t count)
{
    for (const int32_t *const last = sums + count; sums != last; sums++) {
        int32_t acc = 0;

        for (const int8_t *next = x; next != end; next += 4) {
            const int8_t *const bytes = (const int8_t *)w;

#if ECGP_DSP
            const uint32_t four = ecgp_load4(next);

            acc = ecgp_multiply4(bytes, ecgp_sxtb16(four), ecgp_sxtb16_ror8(four), acc);
#else
            acc = ecgp_matrix_add(acc, bytes, next[0], next[1], next[2], next[3]);
#endif
            w++;
        }
        *sums = acc;
    }
}

#endif

/**
 * A row of inputs in whole words. The weights behind the row are zero: so must be what they are multiplied with.
 *
 * @param input   depth bytes
 * @param depth   1 and more
 * @param padded  room for whole words, where depth is no multiple of 4
 * @return        the input, or a copy with zeros behind it
 */
static inline const int8_t *ecgp_matrix_padded(const int8_t *input, int32_t depth, int8_t *padded)
{
    const int32_t bytes = (depth + 3) & ~3;

    if (bytes == depth) {
        return input;
    }
    for (int32_t i = 0; i < bytes; i++) {
        padded[i] = (int8_t)(i < depth ? input[i] : 0);
    }
    return padded;
}

/** Outputs of a tile. */
#define ECGP_MATRIX_TILE 4

/**
 * The sums of `count` outputs, ECGP_MATRIX_SUMS at most. No bound: they wrap.
 *
 * @param w      [count / 4][words][4 outputs][4 bytes], then rows of the outputs that are left
 * @param x      inputs
 * @param end    4 * words bytes after x
 * @param words  1 and more
 * @return       behind the weights
 */
static inline const int32_t *ecgp_matrix_sums(const int32_t *w, const int8_t *x, const int8_t *end, int32_t words,
                                              int32_t *sums, int32_t count)
{
    const int32_t whole = count & ~(ECGP_MATRIX_TILE - 1);

    if (whole != 0) {
        w = ecgp_matrix_fours(w, x, end, sums, whole);
    }
    if (whole != count) {
        ecgp_matrix_ones(w, x, end, sums + whole, count - whole);
        w += (count - whole) * words;
    }
    return w;
}

#endif /* ECGP_MATRIX_H */
