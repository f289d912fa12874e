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
 * Output channels of a chunk, at tiles of 2 * ECGP_SMLAL_WORDS positions: a tile's lower positions lie side by side, and so do
 * its upper ones. A channel has pairs, then single weights; one of either at least, and not one pair alone. The order of the
 * fields is that in which ecgp_smlal_asm.h loads them. From `left` on they move with the channels.
 */
typedef struct {
    int32_t zero;         /**< the zero point of the output */
    int32_t step;         /**< bytes from an output to the next of the channel */
    int32_t upper;        /**< bytes from the outputs of the lower positions to those of the upper ones */
    int32_t upper_step;   /**< upper + step */
    const int32_t *last;  /**< words after the last tile */
    int32_t pool;         /**< 1, or 2: of positions 2n and 2n + 1 the largest value is written */
    int32_t left;         /**< channels, 1 and more */
    const uint8_t *entries; /**< (delta, weight, weight) of words that follow one another, then (delta, weight); the first delta
                                 of either counts from `words`; a byte more can be read */
    const uint16_t *counts; /**< pairs and single weights of each channel */
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    int8_t *output;         /**< of the channel's first position */
    const int32_t *words;   /**< word i: the inputs of position i and, in the upper half, of the one that is its partner */
    int32_t per_channel;    /**< 1, or 0: all channels have the first multiplier and shift */
} ecgp_smlal_channels;

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
static inline void ecgp_smlal_store(const ecgp_smlal_channels *c, const ecgp_rescale *r, int32_t sum0, int32_t sum1, int8_t *output)
{
    ECGP_ASSERT(sum0 > -(1 << 22) && sum0 < (1 << 22) && sum1 > -(1 << 22) && sum1 < (1 << 22));
    if (c->pool == 2) {
        *output = (int8_t)ecgp_ssat8(ecgp_rescaled(r, sum0 > sum1 ? sum0 : sum1));
    } else {
        output[0] = (int8_t)ecgp_ssat8(ecgp_rescaled(r, sum0));
        output[c->step] = (int8_t)ecgp_ssat8(ecgp_rescaled(r, sum1));
    }
}

/** Writes all outputs of one channel's tiles, whose pairs end at `entries`; two words at a time, as registers are few. */
static inline void ecgp_smlal_tiles(const ecgp_smlal_channels *c, const ecgp_rescale *r, const uint8_t *entries, const uint8_t *end)
{
    const int32_t moved = c->pool == 2 ? c->step : 2 * c->step;
    int8_t *output = c->output;

    for (const int32_t *words = c->words; words != c->last; words += 2) {
        const int32_t *x = words;
        int32_t sum0 = 0;
        int32_t sum1 = 0;
        int32_t sum2 = 0;
        int32_t sum3 = 0;

        for (const uint8_t *pair = c->entries; pair != entries; pair += ECGP_SMLAL_PAIR) {
            const int32_t weight = (int8_t)pair[1];
            const int32_t next = (int8_t)pair[2];

            x += pair[0];
            sum0 += weight * (int16_t)x[0] + next * (int16_t)x[1];
            sum1 += weight * (int16_t)x[1] + next * (int16_t)x[2];
            sum2 += weight * (x[0] >> 16) + next * (x[1] >> 16);
            sum3 += weight * (x[1] >> 16) + next * (x[2] >> 16);
        }
        x = words;
        for (const uint8_t *entry = entries; entry != end; entry += ECGP_SPARSE_ENTRY) {
            const int32_t weight = ecgp_sparse_weight(entry);

            x += entry[0];
            sum0 += weight * (int16_t)x[0];
            sum1 += weight * (int16_t)x[1];
            sum2 += weight * (x[0] >> 16);
            sum3 += weight * (x[1] >> 16);
        }
        ecgp_smlal_store(c, r, sum0, sum1, output);
        ecgp_smlal_store(c, r, sum2, sum3, output + c->upper);
        output += moved;
    }
}

/** Writes all outputs of all channels. */
static inline void ecgp_smlal_run(ecgp_smlal_channels *c)
{
    const ecgp_requant requant = {c->bias, c->multiplier, c->shift, c->per_channel, c->zero, -128, 127};

    for (int32_t i = 0; i < c->left; i++) {
        const ecgp_rescale rescale = ecgp_rescale_of(&requant, i, 0);
        const uint8_t *const entries = c->entries + ECGP_SMLAL_PAIR * c->counts[2 * i];
        const uint8_t *const end = entries + ECGP_SPARSE_ENTRY * c->counts[2 * i + 1];

        ECGP_ASSERT(end != c->entries && c->counts[2 * i] != 1);
        ecgp_smlal_tiles(c, &rescale, entries, end);
        c->entries = end;
        c->output++;
    }
}

#endif

#endif /* ECGP_SMLAL_H */
