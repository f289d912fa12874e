/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_dual.h
 * @brief Two output channels in a halfword: one SXTB16 for each word of weights, and no expanded copy of them.
 *
 * A halfword of weights is v = 256 * wB + wA. The sums of channel A are those of the low bytes, which SXTB16 extends by
 * their signs. The word as it is, multiplied by the same inputs, gives S = 256 * B + A, modulo 2^32: B is (S - A) / 256,
 * exactly as long as |B| < 2^23. Sums begin at the bias. So eight SMLAD, for two channels at four positions, come with
 * five loads and one SXTB16: 14 instructions for 16 products.
 * Bound: 128 * sum|w| + |bias| < 2^23, and -2^15 <= v: weights of B are -127 and more, or those of A not negative.
 */
#ifndef ECGP_DUAL_H
#define ECGP_DUAL_H

#include <stddef.h>
#include <stdint.h>

#include "ecgp_compiler.h"
#include "ecgp_rescale.h"

/** Positions side by side; ecgprune/codegen/kernels/dual.py must say the same. */
#define ECGP_DUAL_TILE 4

/** A tile of four positions; the assembly below counts on this order. */
typedef struct {
    const int32_t *bias;       /**< of the next two channels; this and what follows moves on with them */
    int32_t entry;             /**< where the assembly enters its loop, for words that the first turn leaves out */
    const int32_t *weights;    /**< of the next two channels; see ecgp_dual_begin() */
    const uint32_t *inputs;    /**< one word for each pair of inputs and position */
    const uint32_t *end;       /**< behind them */
    const int32_t *multiplier; /**< of the next two channels */
    const int8_t *shift;       /**< of the next two channels */
    int32_t zero;              /**< zero point of the output */
    int8_t *output;            /**< of the next two channels, at the first position */
    int32_t step;              /**< bytes from one position's outputs to the next's */
    const int32_t *last;       /**< bias behind that of the last channel that is to be done */
    int32_t pool;              /**< 1 or 2: positions of an output */
    int32_t back;              /**< bytes of the weights that the first turn leaves out */
} ecgp_dual_tile;

#if ECGP_DSP && ECGP_ASSEMBLY

#include "ecgp_dual_asm.h"

#else

/** Says where a tile's weights and inputs are: as many words of weights as pairs of inputs, 1 and more. */
static inline void ecgp_dual_begin(ecgp_dual_tile *t, const int32_t *weights, const uint32_t *inputs, int32_t words)
{
    t->weights = weights;
    t->inputs = inputs;
    t->end = inputs + ECGP_DUAL_TILE * words;
}

/** One channel's outputs. */
static inline void ecgp_dual_outputs(const ecgp_dual_tile *t, const int32_t *sums, int32_t channel)
{
    const ecgp_requant requant = {t->bias, t->multiplier, t->shift, 1, t->zero, -128, 127};
    const ecgp_rescale rescale = ecgp_rescale_of(&requant, channel, t->bias[channel]);

    for (int32_t k = 0; k < ECGP_DUAL_TILE; k += t->pool) {
        const int32_t sum = t->pool == 2 && sums[k + 1] > sums[k] ? sums[k + 1] : sums[k];

        t->output[k / t->pool * t->step + channel] = (int8_t)ecgp_ssat8(ecgp_rescaled(&rescale, sum));
    }
}

/** All channels of a tile, up to t->last. */
static ECGP_NOINLINE void ecgp_dual_run(ecgp_dual_tile *t)
{
    while (t->bias != t->last) {
        int32_t a[ECGP_DUAL_TILE];
        int32_t b[ECGP_DUAL_TILE];

        for (int32_t k = 0; k < ECGP_DUAL_TILE; k++) {
            a[k] = t->bias[0];
            b[k] = t->bias[1];
        }
        for (const uint32_t *x = t->inputs; x != t->end; x += ECGP_DUAL_TILE) {
            const uint32_t word = (uint32_t)*t->weights++;
            const int32_t low = (int16_t)word;
            const int32_t high = (int16_t)(word >> 16);
            const int32_t a0 = (int8_t)low;
            const int32_t a1 = (int8_t)high;

            for (int32_t k = 0; k < ECGP_DUAL_TILE; k++) {
                const int32_t x0 = (int16_t)x[k];
                const int32_t x1 = (int16_t)(x[k] >> 16);

                a[k] += a0 * x0 + a1 * x1;
                b[k] += (low - a0) / 256 * x0 + (high - a1) / 256 * x1;
            }
        }
        ecgp_dual_outputs(t, a, 0);
        ecgp_dual_outputs(t, b, 1);
        t->bias += 2;
        t->multiplier += 2;
        t->shift += 2;
        t->output += 2;
    }
}

#endif

#if !(ECGP_DSP && ECGP_ASSEMBLY && ECGP_UNALIGNED)
/**
 * Copies runs of inputs of one position to int16: of four, bytes 0 and 2, then 1 and 3; of one to three that are left,
 * bytes 0 and 1, then 2. A half without a byte is anything: its weights are zero.
 *
 * @param from   the first run
 * @param count  runs, 1 and more
 * @param step   bytes from the begin of a run to that of the next
 * @param run    bytes of a run, 1 and more
 * @param to     the position's word of the first pair
 * @return       that of the pair behind the last
 */
static uint32_t *ecgp_dual_copy(const int8_t *from, int32_t count, int32_t step, int32_t run, uint32_t *to)
{
    for (; count > 0; count--) {
        const int8_t *next = from;

        for (int32_t left = run; left > 0; left -= 4) {
            const uint32_t b0 = (uint32_t)next[0] & 0xffffu;
            const uint32_t b1 = left > 1 ? (uint32_t)next[1] & 0xffffu : 0u;
            const uint32_t b2 = left > 2 ? (uint32_t)next[2] & 0xffffu : 0u;

            to[0] = left >= 4 ? b0 | b2 << 16 : b0 | b1 << 16;
            to += ECGP_DUAL_TILE;
            if (left > 2) {
                to[0] = left >= 4 ? b1 | (uint32_t)next[3] << 16 : b2;
                to += ECGP_DUAL_TILE;
            }
            next += 4;
        }
        from += step;
    }
    return to;
}
#endif

#endif /* ECGP_DUAL_H */
