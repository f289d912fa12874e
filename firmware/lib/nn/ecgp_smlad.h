/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlad.h
 * @brief Four weights at once: a block is multiplied at eight positions by sixteen SMLAD, from inputs that stay bytes.
 *
 * A word of four inputs, x0 to x3, where 128 is added to x0 and x2 so that they are bytes without a sign, is two int16:
 * x0 + 256 * x1 and x2 + 256 * x3. SMLAD with (w0, w2) adds w0 * x0 + w2 * x2 and 256 * (w0 * x1 + w2 * x3) too much. SXTB16
 * gives x1 and x3, and SMLAD with (w1 - 256 * w0, w3 - 256 * w2) adds their products and takes away what was too much. So a
 * word is loaded once for four products: the inputs take half the loads and half the memory of spread ones. 128 * (w0 + w2)
 * is part of the bias. w1 - 256 * w0 must be an int16, so a w0 of -128 is split between two blocks of the same inputs.
 *
 * Weights are spread once per chunk and channel, to entries of three words that one LDM takes: the delta to the block's
 * inputs, in bytes, and the two words of weights. Bound: that of ecgp_rescale.h, 128 * sum|w| + |bias| < 2^29; then no sum on
 * the way leaves int32, not even between the two SMLAD.
 */
#ifndef ECGP_SMLAD_H
#define ECGP_SMLAD_H

#include <stddef.h>
#include <stdint.h>

#include "ecgp_compiler.h"
#include "ecgp_rescale.h"

/** Positions multiplied side by side; ecgprune/codegen/kernels/smlad.py must say the same. */
#define ECGP_SMLAD_TILE 8

/** Words of an entry. */
#define ECGP_SMLAD_ENTRY 3

/** Bias added to every delta, in words, so that two blocks may have the same inputs; the loop moves its pointer back. */
#define ECGP_SMLAD_BACK 1

/** The delta of the entry that ends a channel: any pointer to inputs overflows with it, which the loop tests. */
#define ECGP_SMLAD_END UINT32_MAX

/** What makes a word of inputs of four bytes. */
#define ECGP_SMLAD_UNSIGNED UINT32_C(0x00800080)

/** The tiles of one channel. The assembly below loads fields that follow one another with one LDM, so their order counts. */
typedef struct {
    int32_t start;           /**< what the sums begin at: the bias */
    const uint32_t *entries; /**< the channel's blocks, spread */
    const uint32_t *inputs;  /**< the first position of the next tile, in the first plane */
    int8_t *output;          /**< where its first output goes */
    int32_t step;            /**< bytes from one output to the next */
    int32_t multiplier;      /**< this, zero and right: see ecgp_rescale */
    int32_t zero;
    int32_t right;
    const uint32_t *end;           /**< `inputs` of the first tile that is not to be done */
    int32_t pool;                  /**< 1 or 2: columns of an output, whose range is that of an int8; 0: see sums */
    int32_t sums[ECGP_SMLAD_TILE]; /**< pool = 0: the sums of one tile, and no outputs */
} ecgp_smlad_tiles;

#if ECGP_DSP && ECGP_ASSEMBLY

#include "ecgp_smlad_asm.h"

#else

/** The sums of one tile. */
static inline void ecgp_smlad_multiply(const ecgp_smlad_tiles *t, int32_t *sums)
{
    const uint32_t *x = t->inputs;

    for (int32_t k = 0; k < ECGP_SMLAD_TILE; k++) {
        sums[k] = t->start;
    }
    for (const uint32_t *e = t->entries; e[0] != ECGP_SMLAD_END; e += ECGP_SMLAD_ENTRY) {
        x += e[0] / 4u;
        x -= ECGP_SMLAD_BACK;
        for (int32_t k = 0; k < ECGP_SMLAD_TILE; k++) {
            sums[k] = ecgp_smlad(e[2], ecgp_sxtb16_ror8(x[k]), ecgp_smlad(e[1], x[k], sums[k]));
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
        t->inputs += ECGP_SMLAD_TILE;
    }
}

#endif

/**
 * Spreads the blocks of one channel to entries; the last has delta ECGP_SMLAD_END, and its weights are anything.
 *
 * @param deltas   one for each block, 1 to 255, then 0: words from the block before, plus ECGP_SMLAD_BACK
 * @param weights  w1 - 256 * w0 and w3 - 256 * w2 as int16 for each block, and four bytes more that can be read
 * @return behind the 0 of deltas; *weights is then behind those of the channel
 */
static inline const uint8_t *ecgp_smlad_spread(const uint8_t *deltas, const int8_t **weights, uint32_t *entries)
{
#if ECGP_DSP && ECGP_ASSEMBLY && ECGP_UNALIGNED
    return ecgp_smlad_spread_words(deltas, weights, entries);
#else
    const int8_t *four = *weights;

    for (; *deltas != 0u; deltas++) {
        const uint32_t odd = ecgp_load4(four);
        const uint32_t w1 = ecgp_sxtb16(odd);
        const uint32_t w0 = ((w1 - odd) & 0xffffu) | ((w1 & 0xffff0000u) - (odd & 0xffff0000u)); /* 256 * w0, 256 * w2 */

        entries[0] = 4u * *deltas;
        entries[1] = ecgp_sxtb16_ror8(w0);
        entries[2] = odd;
        entries += ECGP_SMLAD_ENTRY;
        four += 4;
    }
    entries[0] = ECGP_SMLAD_END;
    *weights = four;
    return deltas + 1;
#endif
}

#endif /* ECGP_SMLAD_H */
