/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_matrix_sparse.h
 * @brief Inner products over the weights of a row that are not zero, one by one or four in a block.
 *
 * 1. Distances lie beside their weights, four in a word: UXTAB moves the input pointer by one of its bytes, so that
 *    they are never unpacked.
 * 2. A block is four weights that follow one another. Inputs stay bytes: of two, 256 * x1 + x0 is an int16 as they lie, if
 *    x0 is 0 to 255, for which its highest bit is turned over once a row. With v = 256 * w0 - w1 for weights,
 *    v * x0 + w1 * (256 * x1 + x0) = 256 * (w0 * x0 + w1 * x1). So SXTB16 makes -w1 of v, UXTB16 x0 of the inputs, and two
 *    SMLAD multiply the four. Sums wrap, and 256 times an output's sum must not: 255 times the even weights of either sign and
 *    128 * sum|w| of the odd are below 2^23 together; no weight is -128.
 * See ecgp_matrix.h for the bound; ecgprune/codegen/kernels/matrix.py packs both streams.
 */
#ifndef ECGP_MATRIX_SPARSE_H
#define ECGP_MATRIX_SPARSE_H

#include <stdint.h>

#include "ecgp_matrix.h"

#if !(ECGP_DSP && ECGP_ASSEMBLY)
/**
 * One output over a sparse stream: the sum of the products of the weights up to `end` and their inputs.
 *
 * A group is a word of four distances, unsigned bytes, and a word of four weights. The distances are counted from the
 * input of the last weight of the group before, and rise.
 */
static inline int32_t ecgp_matrix_groups(const int32_t *groups, const int32_t *end, const int8_t *x)
{
    int32_t acc = 0;

    for (; groups != end; groups += 2) {
        const uint8_t *const distances = (const uint8_t *)groups;
        const int8_t *const weights = (const int8_t *)(groups + 1);

        acc += weights[0] * x[distances[0]];
        acc += weights[1] * x[distances[1]];
        acc += weights[2] * x[distances[2]];
        x += distances[3];
        acc += weights[3] * *x;
    }
    return acc;
}
#endif

/** Copies a row for ecgp_matrix_blocks(): every other input with its highest bit turned over. to: whole words. */
static inline void ecgp_matrix_flip(const int8_t *x, int32_t depth, int8_t *to)
{
    int32_t i = 0;

    for (; i + 4 <= depth; i += 4) {
        ecgp_store4(to + i, ecgp_load4(x + i) ^ UINT32_C(0x00800080));
    }
    for (; (i & 3) != 0 || i < depth; i++) { /* what is behind the last input is multiplied by zero */
        to[i] = (int8_t)(i < depth ? x[i] ^ ((i & 1) != 0 ? 0 : -128) : 0);
    }
}

#if !(ECGP_DSP && ECGP_ASSEMBLY)
/** What a pair of weights and a pair of inputs add to the two sums of ecgp_matrix_blocks(). */
static inline void ecgp_matrix_block_pair(const int8_t *w, const int8_t *x, uint32_t *whole, uint32_t *odd)
{
    const int32_t minus = w[0];
    const int32_t low = (uint8_t)x[0];

    *whole += (uint32_t)((256 * w[1] + (uint8_t)w[0]) * low);
    *odd += (uint32_t)(minus * (256 * x[1] + low));
}

/**
 * The sums of outputs over a stream of blocks, from `sums` up to `last`: of the products of an output's blocks and their
 * inputs.
 *
 * The stream has a word for each output: 20 for each four of its blocks, 2 if these are an odd number of fours, 1 if two
 * blocks come before them. Two or four blocks are a word of distances and two or four words of weights. A distance is in
 * bytes of x, counted from the block before. Blocks that lack have weights of zero. Four words
 * behind the stream are read.
 *
 * @param x  see ecgp_matrix_flip()
 * @return   behind the stream of the last output
 */
static inline const int32_t *ecgp_matrix_blocks(const int32_t *stream, const int8_t *x, int32_t *sums, const int32_t *last)
{
    for (; sums != last; sums++) {
        const int32_t size = *stream++;
        const int8_t *at = x;
        uint32_t whole = 0;
        uint32_t odd = 0;

        for (int32_t left = 2 * (size & 1) + size / 20 * 4; left != 0;) {
            const int32_t count = (left & 2) != 0 ? 2 : 4;
            const uint8_t *const distances = (const uint8_t *)stream++;

            for (int32_t k = 0; k < count; k++) {
                const int8_t *const w = (const int8_t *)stream++;

                at += distances[k];
                ecgp_matrix_block_pair(w, at, &whole, &odd);
                ecgp_matrix_block_pair(w + 2, at + 2, &whole, &odd);
            }
            left -= count;
        }
        *sums = (int32_t)(whole - odd) >> 8;
    }
    return stream;
}
#endif

#endif /* ECGP_MATRIX_SPARSE_H */
