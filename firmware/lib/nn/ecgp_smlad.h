/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlad.h
 * @brief Four weights at once: a block is multiplied at six positions by twelve SMLAD, from inputs that are int16.
 *
 * Inputs are spread to int16 once per chunk, to pairs of words: inputs 0 and 2, and 1 and 3, of four. Adjacent
 * positions lie side by side, so that an LDM takes two of them. Weights are spread once per chunk and channel, to
 * entries of three words that another LDM takes: the delta to the block's inputs, and its four weights.
 * That is 18 to 19 instructions for 24 products. Bound: that of ecgp_rescale.h, 128 * sum|w| + |bias| < 2^29.
 */
#ifndef ECGP_SMLAD_H
#define ECGP_SMLAD_H

#include <stddef.h>
#include <stdint.h>

#include "ecgp_compiler.h"
#include "ecgp_rescale.h"

/** Positions multiplied side by side; ecgprune/codegen/kernels/smlad.py must say the same. */
#define ECGP_SMLAD_TILE 6

/** Words of four inputs, and of an entry. */
#define ECGP_SMLAD_WORDS 2
#define ECGP_SMLAD_ENTRY 3

/** Bias added to every delta, in positions: the multiply loop leaves its pointer two positions back. */
#define ECGP_SMLAD_BACK 2

/**
 * The tiles of one channel. What a tile begins with lies before `output`, what it ends with behind it, so that each is
 * one LDM for the assembly below, which counts on this order.
 */
typedef struct {
    int32_t start[ECGP_SMLAD_TILE]; /**< what the sums begin at: the bias */
    const uint32_t *entries;      /**< the channel's blocks, spread */
    const uint32_t *inputs;       /**< the first position of the next tile, in the first plane */
    int8_t *output;               /**< where its first output goes */
    int32_t step;                 /**< bytes from one output to the next */
    int32_t multiplier;           /**< this, zero and right: see ecgp_rescale */
    int32_t zero;
    int32_t right;
    const uint32_t *end;          /**< where the first tile begins that is not to be done */
    int32_t pool;                 /**< 1 or 2: columns of an output, whose range is that of an int8; 0: see sums */
    int32_t sums[ECGP_SMLAD_TILE];  /**< pool = 0: the sums of one tile, and no outputs */
} ecgp_smlad_tiles;

#if ECGP_DSP && ECGP_ASSEMBLY

#include "ecgp_smlad_asm.h"

#else

/** The sums of one tile. */
static inline void ecgp_smlad_multiply(const ecgp_smlad_tiles *t, int32_t *sums)
{
    const uint32_t *x = t->inputs;

    for (int32_t k = 0; k < ECGP_SMLAD_TILE; k++) {
        sums[k] = t->start[k];
    }
    for (const uint32_t *e = t->entries; e[0] != 0u; e += ECGP_SMLAD_ENTRY) {
        x += e[0] / 4u;
        x -= ECGP_SMLAD_BACK * ECGP_SMLAD_WORDS;
        for (int32_t k = 0; k < ECGP_SMLAD_TILE; k++) {
            const uint32_t *const four = x + ECGP_SMLAD_WORDS * k;

            sums[k] = ecgp_smlad(e[2], four[1], ecgp_smlad(e[1], four[0], sums[k]));
        }
    }
}

/** Does all tiles from t->inputs to t->end. */
static ECGP_NOINLINE void ecgp_smlad_run(ecgp_smlad_tiles *t)
{
    const ecgp_rescale rescale = {0, t->multiplier, t->right, t->zero, -128, 127};

    if (t->pool == 0) {
        ecgp_smlad_multiply(t, t->sums);
        return;
    }
    while (t->inputs != t->end) {
        int32_t sums[ECGP_SMLAD_TILE];

        ecgp_smlad_multiply(t, sums);
        for (int32_t k = 0; k < ECGP_SMLAD_TILE; k += t->pool) {
            const int32_t sum = t->pool == 2 && sums[k + 1] > sums[k] ? sums[k + 1] : sums[k];

            *t->output = (int8_t)ecgp_ssat8(ecgp_rescaled(&rescale, sum));
            t->output += t->step;
        }
        t->inputs += ECGP_SMLAD_TILE * ECGP_SMLAD_WORDS;
    }
}

#endif

/**
 * Spreads the blocks of one channel to entries. The last has delta 0, and its weights are anything.
 *
 * @param deltas   one for each block, 2 to 255, then 0: positions from the block before, plus ECGP_SMLAD_BACK
 * @param weights  four for each block, and four more that can be read
 * @return behind the 0 of deltas; *weights is then behind those of the channel
 */
static inline const uint8_t *ecgp_smlad_spread(const uint8_t *deltas, const int8_t **weights, uint32_t *entries)
{
#if ECGP_DSP && ECGP_ASSEMBLY && ECGP_UNALIGNED
    return ecgp_smlad_spread_words(deltas, weights, entries);
#else
    const int8_t *four = *weights;

    for (; *deltas != 0u; deltas++) {
        ECGP_ASSERT(*deltas >= ECGP_SMLAD_BACK);
        entries[0] = *deltas * (4u * ECGP_SMLAD_WORDS);
        entries[1] = ecgp_sxtb16(ecgp_load4(four));
        entries[2] = ecgp_sxtb16_ror8(ecgp_load4(four));
        entries += ECGP_SMLAD_ENTRY;
        four += 4;
    }
    entries[0] = 0u;
    *weights = four;
    return deltas + 1;
#endif
}

#endif /* ECGP_SMLAD_H */
