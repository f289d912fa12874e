/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_matrix_dual.h
 * @brief Inner products with two outputs in each halfword of weights; see ecgp_dual.h for the trick.
 *
 * Of four inputs, word 0 has the weights of inputs 0 and 2, word 1 those of inputs 1 and 3. A tile of eight outputs
 * has, along the inputs, word 0 of outputs 0 and 4, 1 and 5, 2 and 6, 3 and 7, then their word 1. The outputs that are
 * left over, six at most, are pairs of outputs that follow one another, with word 0 and word 1 in turn. What is missing
 * of the last pair, or of a tile of seven outputs, has weights of zero.
 * Bound: 128 * sum|w| < 2^23.
 */
#ifndef ECGP_MATRIX_DUAL_H
#define ECGP_MATRIX_DUAL_H

#include <stdint.h>

#include "ecgp_compiler.h"

/** Outputs of a tile; ecgprune/codegen/kernels/dual.py must say the same. */
#define ECGP_MATRIX_DUAL_TILE 8

/** The products of a word's two halves and of one pair of inputs, added to the sums of both outputs. */
static inline ECGP_UNUSED void ecgp_matrix_dual_add(int32_t word, int32_t x0, int32_t x1, int32_t *a, int32_t *b)
{
    const int32_t low = (int16_t)word;
    const int32_t high = (int16_t)((uint32_t)word >> 16);
    const int32_t a0 = (int8_t)low;
    const int32_t a1 = (int8_t)high;

    *a += a0 * x0 + a1 * x1;
    *b += (low - a0) / 256 * x0 + (high - a1) / 256 * x1;
}

#if ECGP_DSP && ECGP_ASSEMBLY && ECGP_UNALIGNED

#include "ecgp_matrix_dual_asm.h"

#else

/**
 * The sums of `count` outputs, a multiple of ECGP_MATRIX_DUAL_TILE and not 0.
 *
 * @param w    tiles
 * @param x    inputs
 * @param end  a multiple of four bytes after x, 4 and more
 * @return     behind the weights
 */
static inline const int32_t *ecgp_matrix_dual_tiles(const int32_t *w, const int8_t *x, const int8_t *end, int32_t *sums,
                                                    int32_t count)
{
    for (const int32_t *const last = sums + count; sums != last; sums += ECGP_MATRIX_DUAL_TILE) {
        memset(sums, 0, ECGP_MATRIX_DUAL_TILE * sizeof *sums);
        for (const int8_t *next = x; next != end; next += 4) {
            for (int32_t k = 0; k < 4; k++) {
                ecgp_matrix_dual_add(w[k], next[0], next[2], sums + k, sums + k + 4);
                ecgp_matrix_dual_add(w[k + 4], next[1], next[3], sums + k, sums + k + 4);
            }
            w += ECGP_MATRIX_DUAL_TILE;
        }
    }
    return w;
}

#endif

/** The sums of two outputs that are left over; see ecgp_matrix_dual_tiles(). */
static ECGP_NOINLINE const int32_t *ecgp_matrix_dual_pair(const int32_t *w, const int8_t *x, const int8_t *end,
                                                          int32_t *sums)
{
    int32_t a = 0;
    int32_t b = 0;

    for (; x != end; x += 4) {
#if ECGP_DSP
        const uint32_t four = ecgp_load4(x);
        const uint32_t even = ecgp_sxtb16(four);
        const uint32_t odd = ecgp_sxtb16_ror8(four);

        a = ecgp_smlad(ecgp_sxtb16((uint32_t)w[1]), odd, ecgp_smlad(ecgp_sxtb16((uint32_t)w[0]), even, a));
        b = ecgp_smlad((uint32_t)w[1], odd, ecgp_smlad((uint32_t)w[0], even, b)); /* modulo 2^32 */
#else
        ecgp_matrix_dual_add(w[0], x[0], x[2], &a, &b);
        ecgp_matrix_dual_add(w[1], x[1], x[3], &a, &b);
#endif
        w += 2;
    }
    sums[0] = a;
#if ECGP_DSP
    sums[1] = (int32_t)((uint32_t)b - (uint32_t)a) >> 8;
#else
    sums[1] = b;
#endif
    return w;
}

#endif /* ECGP_MATRIX_DUAL_H */
