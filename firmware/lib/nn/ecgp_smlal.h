/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlal.h
 * @brief Two inputs in one word, so that one 32x32 to 64 bit multiply-accumulate (SMLAL) serves two positions.
 *
 * A word holds a + (b << 23). The sum of w * word over a channel's weights is sum(w * a) + (sum(w * b) << 23), and both
 * sums can be read off as long as the lower one stays within 23 signed bits: 128 * sum|w| < 2^22, which the generator
 * proves for every channel. (<< 24 would overflow int32 at b = -128.) A negative lower sum has borrowed one from the
 * upper, which bit 22 tells: shifted into the carry, ADC gives it back. Cores without SMLAL hold two int16 instead.
 */
#ifndef ECGP_SMLAL_H
#define ECGP_SMLAL_H

#include <stddef.h>
#include <stdint.h>

#include "ecgp_compiler.h"
#include "ecgp_rescale.h"
#include "ecgp_sparse.h"

/** Words that are multiplied side by side; ecgprune/codegen/kernels/smlal.py must say the same. */
#define ECGP_SMLAL_WORDS 4

/** Bytes of a pair of weights: its five words of inputs are loaded once for both. */
#define ECGP_SMLAL_PAIR 3

/**
 * One output channel at `tiles` times 2 * ECGP_SMLAL_WORDS positions: a tile's lower positions lie side by side, and so do
 * its upper ones. The order of the fields is that in which ecgp_smlal_asm.h loads them.
 */
typedef struct {
    int32_t doubled_bias; /**< this and the next three: see ecgp_rescale */
    int32_t multiplier;
    int32_t right;
    int32_t zero;
    int32_t step;           /**< bytes from an output to the next of the channel */
    int32_t upper;          /**< bytes from the outputs of the lower positions to those of the upper ones */
    int32_t upper_step;     /**< upper + step */
    int8_t *output;         /**< moves on from tile to tile, as words does */
    const int32_t *words;   /**< word i: the inputs of position i and, in the upper half, of the one that is its partner */
    const int32_t *last;    /**< words after the last tile */
    const uint8_t *pairs;   /**< the channel's: a delta and the weights of two words that follow one another */
    const uint8_t *entries; /**< behind them: a delta and a weight; the first delta counts from `words` again */
    const uint8_t *end;
    const uint8_t *preload; /**< the delta that the first turn of entries begins with, or any byte of the channel */
    int32_t skip_pairs;     /**< pairs that the first turn of two leaves out, behind the first one */
    int32_t skip;           /**< entries that the first turn of four leaves out; 4: all are done before it */
    int32_t pool;           /**< 1, or 2: of positions 2n and 2n + 1 the largest value is written */
} ecgp_smlal_channel;

#if ECGP_ASSEMBLY

#include "ecgp_smlal_asm.h"

/** The word of two inputs. */
static inline int32_t ecgp_smlal_word(int32_t a, int32_t b)
{
    return a + b * (1 << 23);
}

#else

/** The word of two inputs. */
static inline int32_t ecgp_smlal_word(int32_t a, int32_t b)
{
    return (int32_t)(((uint32_t)b << 16) | ((uint32_t)a & 0xffffu));
}

/** Writes the outputs of two positions, or the one of both. */
static inline void ecgp_smlal_store(const ecgp_smlal_channel *c, int32_t sum0, int32_t sum1, int8_t *output)
{
    const ecgp_rescale rescale = {c->doubled_bias, c->multiplier, c->right, c->zero, -128, 127};

    ECGP_ASSERT(sum0 > -(1 << 22) && sum0 < (1 << 22) && sum1 > -(1 << 22) && sum1 < (1 << 22));
    if (c->pool == 2) {
        *output = (int8_t)ecgp_ssat8(ecgp_rescaled(&rescale, sum0 > sum1 ? sum0 : sum1));
    } else {
        output[0] = (int8_t)ecgp_ssat8(ecgp_rescaled(&rescale, sum0));
        output[c->step] = (int8_t)ecgp_ssat8(ecgp_rescaled(&rescale, sum1));
    }
}

/** Writes all outputs of one channel's tiles; two words at a time, as registers are few. */
static inline void ecgp_smlal_tiles(ecgp_smlal_channel *c)
{
    const int32_t moved = c->pool == 2 ? c->step : 2 * c->step;

    for (; c->words != c->last; c->words += 2) {
        const int32_t *x = c->words;
        int32_t sum0 = 0;
        int32_t sum1 = 0;
        int32_t sum2 = 0;
        int32_t sum3 = 0;

        for (const uint8_t *pair = c->pairs; pair != c->entries; pair += ECGP_SMLAL_PAIR) {
            const int32_t weight = (int8_t)pair[1];
            const int32_t next = (int8_t)pair[2];

            x += pair[0];
            sum0 += weight * (int16_t)x[0] + next * (int16_t)x[1];
            sum1 += weight * (int16_t)x[1] + next * (int16_t)x[2];
            sum2 += weight * (x[0] >> 16) + next * (x[1] >> 16);
            sum3 += weight * (x[1] >> 16) + next * (x[2] >> 16);
        }
        x = c->words;
        for (const uint8_t *entry = c->entries; entry != c->end; entry += ECGP_SPARSE_ENTRY) {
            const int32_t weight = ecgp_sparse_weight(entry);

            x += entry[0];
            sum0 += weight * (int16_t)x[0];
            sum1 += weight * (int16_t)x[1];
            sum2 += weight * (x[0] >> 16);
            sum3 += weight * (x[1] >> 16);
        }
        ecgp_smlal_store(c, sum0, sum1, c->output);
        ecgp_smlal_store(c, sum2, sum3, c->output + c->upper);
        c->output += moved;
    }
}

#endif

#endif /* ECGP_SMLAL_H */
