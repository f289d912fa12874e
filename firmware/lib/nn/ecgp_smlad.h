/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlad.h
 * @brief Blocks of four weights, multiplied at eight positions by SMLAD; two neighbouring blocks load their inputs once.
 *
 * A position's four inputs are two words of two int16, x0 and x2, x1 and x3, so that a block is two SMLAD. Eight sums,
 * two pointers and two words of inputs leave two registers for weights. So two blocks that read inputs of one channel
 * quad, one or two positions apart, are multiplied by their even inputs first: of 9 or 10 words that are loaded 6 or more
 * are multiplied twice. Then by the odd ones.
 *
 * Bound: that of ecgp_rescale.h, 128 * sum|w| + |bias| < 2^29.
 */
#ifndef ECGP_SMLAD_H
#define ECGP_SMLAD_H

#include <stddef.h>
#include <stdint.h>

#include "ecgp_compiler.h"
#include "ecgp_rescale.h"

/** Positions multiplied side by side; ecgprune/codegen/kernels/smlad.py must say the same. */
#define ECGP_SMLAD_TILE 8

/** Words of inputs of a position. */
#define ECGP_SMLAD_WORDS 2

/** How far apart two blocks of one entry are, at most. Single blocks have a list, then each distance. */
#define ECGP_SMLAD_APART 2

/** Bits that outputs of ecgp_smlad_run() are shifted to the right at most, see ecgp_depthwise_nine_asm.h. */
#define ECGP_SMLAD_MOST_RIGHT 12

/** Bytes of an entry of two blocks, and of one. */
#define ECGP_SMLAD_PAIR 9
#define ECGP_SMLAD_SINGLE 5

/** The channels of a chunk. The order of the fields is that in which the assembly loads them; from `left` on they move. */
typedef struct {
    int32_t step;               /**< bytes from one output to the next */
    int32_t zero;               /**< the zero point of the output */
    const uint32_t *end;        /**< `inputs` of the last tile, which may overlap the one before */
    int32_t pool;               /**< 1 or 2: columns of an output, whose range is that of an int8; 0: see sums */
    int32_t left;               /**< channels, 1 and more */
    const uint8_t *entries;     /**< lists of the channels, see ecgp_smlad_multiply(); eight bytes more can be read */
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    int8_t *output;             /**< of the first position */
    const uint32_t *inputs;     /**< one position before the first, in the first plane */
    int32_t per_channel;        /**< 1, or 0: all channels have the first multiplier and shift */
    int32_t sums[ECGP_SMLAD_TILE]; /**< pool = 0: the sums of one tile of one channel, and no outputs */
} ecgp_smlad_channels;

#if ECGP_DSP && ECGP_ASSEMBLY && ECGP_UNALIGNED

#include "ecgp_smlad_asm.h"

#else

/** Adds the products of a word of weights: bytes 0 and 2 with x, bytes 1 and 3 with y. */
static inline void ecgp_smlad_add(uint32_t weights, const uint32_t *x, const uint32_t *y, int32_t *sums)
{
    for (int32_t k = 0; k < ECGP_SMLAD_TILE; k++) {
        sums[k] = ecgp_smlad(ecgp_sxtb16(weights), x[ECGP_SMLAD_WORDS * k], sums[k]);
        sums[k] = ecgp_smlad(ecgp_sxtb16_ror8(weights), y[ECGP_SMLAD_WORDS * k], sums[k]);
    }
}

/**
 * Adds a channel's products at the tile one position behind `inputs`.
 *
 * @param entries  a single block: its distance in positions from `inputs`, 1 to 255; w0 w1 w2 w3. Then a list of others, where the
 *                 distance is that from the entry before, or 0 where the list ends. Then, for 1 and 2 positions between two blocks
 *                 w and v, a list of distances, w0 v0 w2 v2, w1 v1 w3 v3. The first distance of each list counts from `inputs`.
 * @return behind the lists
 */
static inline const uint8_t *ecgp_smlad_multiply(const uint8_t *entries, const uint32_t *inputs, int32_t *sums)
{
    const uint32_t *at = inputs + ECGP_SMLAD_WORDS * *entries;

    ecgp_smlad_add(ecgp_load4((const int8_t *)entries + 1), at, at + 1, sums);
    at = inputs;
    for (entries += ECGP_SMLAD_SINGLE; *entries != 0u; entries += ECGP_SMLAD_SINGLE) {
        at += ECGP_SMLAD_WORDS * *entries;
        ecgp_smlad_add(ecgp_load4((const int8_t *)entries + 1), at, at + 1, sums);
    }
    entries++;
    for (int32_t apart = 1; apart <= ECGP_SMLAD_APART; apart++) {
        const uint32_t *x = inputs;

        for (; *entries != 0u; entries += ECGP_SMLAD_PAIR) {
            x += ECGP_SMLAD_WORDS * *entries;
            ecgp_smlad_add(ecgp_load4((const int8_t *)entries + 1), x, x + ECGP_SMLAD_WORDS * apart, sums);
            ecgp_smlad_add(ecgp_load4((const int8_t *)entries + 5), x + 1, x + ECGP_SMLAD_WORDS * apart + 1, sums);
        }
        entries++;
    }
    return entries;
}

/** Writes the outputs of one channel; returns where its entries end. */
static inline const uint8_t *ecgp_smlad_tiles(const ecgp_smlad_channels *c, const ecgp_rescale *r)
{
    const uint32_t *inputs = c->inputs;
    const uint8_t *entries = c->entries;
    int8_t *output = c->output;

    for (;;) {
        int32_t sums[ECGP_SMLAD_TILE] = {0};

        entries = ecgp_smlad_multiply(c->entries, inputs, sums);
        for (int32_t k = 0; k < ECGP_SMLAD_TILE; k += c->pool) {
            const int32_t sum = c->pool == 2 && sums[k + 1] > sums[k] ? sums[k + 1] : sums[k];

            *output = (int8_t)ecgp_ssat8(ecgp_rescaled(r, sum));
            output += c->step;
        }
        if (inputs == c->end) {
            return entries;
        }
        inputs += ECGP_SMLAD_WORDS * ECGP_SMLAD_TILE;
        if (inputs > c->end) {
            output -= (int32_t)(inputs - c->end) / (ECGP_SMLAD_WORDS * c->pool) * c->step;
            inputs = c->end;
        }
    }
}

/** Does all tiles of all channels from `inputs` to `end`, or, where pool is 0, the first one. */
static ECGP_NOINLINE void ecgp_smlad_run(ecgp_smlad_channels *c)
{
    const ecgp_requant requant = {c->bias, c->multiplier, c->shift, c->per_channel, c->zero, -128, 127};

    if (c->pool == 0) {
        for (int32_t k = 0; k < ECGP_SMLAD_TILE; k++) {
            c->sums[k] = *c->bias;
        }
        c->entries = ecgp_smlad_multiply(c->entries, c->inputs, c->sums);
        return;
    }
    for (int32_t i = 0; i < c->left; i++) {
        const ecgp_rescale rescale = ecgp_rescale_of(&requant, i, 0);

        c->entries = ecgp_smlad_tiles(c, &rescale);
        c->output++;
    }
}

#endif

#endif /* ECGP_SMLAD_H */
