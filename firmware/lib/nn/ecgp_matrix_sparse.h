/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_matrix_sparse.h
 * @brief Inner products over the weights of a row that are not zero, one by one or four in a block.
 *
 * 1. Distances lie beside their weights, four in a word: UXTAB moves the input pointer by one of its bytes, so that
 *    they are never unpacked.
 * 2. A block is four weights that follow one another. Its inputs are spread to int16 once a row, evens before odds:
 *    SXTB16 spreads weights in that order, and LDRD fetches the four.
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

/**
 * Spreads a row to int16: of every four inputs 0, 2, 1 and 3, the last four made whole with zeros.
 *
 * @param size  elements to write, a multiple of four, depth and more
 */
static inline void ecgp_matrix_spread(const int8_t *x, int32_t depth, int32_t size, int16_t *to)
{
    int32_t i = 0;

#if ECGP_DSP
    for (uint32_t *words = (void *)to; i + 4 <= depth; i += 4) {
        const uint32_t four = ecgp_load4(x + i);

        *words++ = ecgp_sxtb16(four);
        *words++ = ecgp_sxtb16_ror8(four);
    }
#endif
    for (; i < size; i++) {
        to[(i & ~3) | ((i & 1) << 1) | ((i & 2) >> 1)] = (int16_t)(i < depth ? x[i] : 0);
    }
}

#if !(ECGP_DSP && ECGP_ASSEMBLY)
/** One output, up to `end` in the stream; see ecgp_matrix_blocks(). */
static inline int32_t ecgp_matrix_blocks_of_one(const int32_t *stream, const int32_t *end, int32_t count, const int16_t *x)
{
    int32_t acc = 0;
    int32_t size = (count & 3) != 0 ? count & 3 : 4;

    for (; stream != end; stream += size + 1, size = 4) {
        const uint8_t *const distances = (const uint8_t *)stream;

        for (int32_t k = size; k-- > 0;) {
            const int8_t *const w = (const int8_t *)(stream + 1 + k);

            x += distances[k] >> 1;
            acc = ecgp_matrix_add(acc, w, x[0], x[2], x[1], x[3]);
        }
    }
    return acc;
}

/**
 * The sums of outputs over a stream of blocks, from `sums` up to `last`: of the products of an output's blocks and their
 * inputs. counts: blocks of each.
 *
 * A group is a word of four distances and four words of weights, last block first; the group that comes first has only
 * the blocks by which the count exceeds a multiple of four, so that it is entered in the middle. A distance is in bytes
 * of x, counted from the block before. Two words behind the stream are read.
 *
 * @param x  spread, see ecgp_matrix_spread()
 * @return   behind the stream of the last output
 */
static inline const int32_t *ecgp_matrix_blocks(const int32_t *stream, const uint16_t *counts, const int16_t *x,
                                                int32_t *sums, const int32_t *last)
{
    for (; sums != last; sums++) {
        const int32_t count = *counts++;
        const int32_t *const end = stream + count + ((count + 3) >> 2);

        *sums = ecgp_matrix_blocks_of_one(stream, end, count, x);
        stream = end;
    }
    return stream;
}
#endif

#endif /* ECGP_MATRIX_SPARSE_H */
