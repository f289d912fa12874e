/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected.c
 * @brief See ecgp_fully_connected.h. The zero point is folded into the bias; accumulators are proved to fit int32.
 */
#include "ecgp_fully_connected.h"

#include "ecgp_compiler.h"
#include "ecgp_matrix.h"
#include "ecgp_matrix_sparse.h"

void ecgp_fully_connected_s8(const ecgp_fully_connected_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->rows >= 1 && p->depth >= 1 && p->outputs >= 1);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -31, 30));
    for (int32_t row = 0; row < p->rows; row++) {
        const int8_t *w = p->weights;

        for (int32_t c = 0; c < p->outputs; c++) {
            int32_t acc = p->requant.bias[c];

            for (int32_t i = 0; i < p->depth; i++) {
                acc += *w++ * input[i];
            }
            ecgp_requantize(&p->requant, c, &acc, 1, output++, 1);
        }
        input += p->depth;
    }
}

/** One row of `words` words. */
static void tiles_row(const ecgp_fully_connected_smlad_params *p, const int8_t *x, int32_t words, int8_t *output)
{
    const int8_t *const end = x + 4 * words;
    const int32_t *w = p->weights;

    for (int32_t first = 0; first < p->outputs; first += ECGP_MATRIX_SUMS) {
        const int32_t left = p->outputs - first;
        const int32_t count = left < ECGP_MATRIX_SUMS ? left : ECGP_MATRIX_SUMS;
        int32_t sums[ECGP_MATRIX_SUMS];

        w = ecgp_matrix_sums(w, x, end, words, sums, count);
        ecgp_matrix_outputs(&p->requant, first, sums, count, output + first);
    }
}

void ecgp_fully_connected_smlad_s8(const ecgp_fully_connected_smlad_params *p, const int8_t *input, int8_t *output,
                                 void *scratch)
{
    const int32_t words = (p->depth + 3) >> 2;

    ECGP_ASSERT(p->rows >= 1 && p->depth >= 1 && p->outputs >= 1);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -31, -1));

    for (int32_t row = 0; row < p->rows; row++) {
        tiles_row(p, ecgp_matrix_padded(input, p->depth, scratch), words, output);
        input += p->depth;
        output += p->outputs;
    }
}

void ecgp_fully_connected_sparse_s8(const ecgp_fully_connected_sparse_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->rows >= 1 && p->depth >= 1 && p->outputs >= 1);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -31, -1));
    for (int32_t row = 0; row < p->rows; row++) {
        const int32_t *groups = p->groups;

        for (int32_t first = 0; first < p->outputs; first += ECGP_MATRIX_SUMS) {
            const int32_t left = p->outputs - first;
            const int32_t count = left < ECGP_MATRIX_SUMS ? left : ECGP_MATRIX_SUMS;
            int32_t sums[ECGP_MATRIX_SUMS];

            for (int32_t k = 0; k < count; k++) {
                const int32_t *const end = groups + 2 * p->counts[first + k];

                sums[k] = ecgp_matrix_groups(groups, end, input);
                groups = end;
            }
            ecgp_matrix_outputs(&p->requant, first, sums, count, output + first);
        }
        input += p->depth;
        output += p->outputs;
    }
}

void ecgp_fully_connected_sparse_blocks_s8(const ecgp_fully_connected_blocks_params *p, const int8_t *input,
                                         int8_t *output, void *scratch)
{
    int8_t *const x = scratch;

    ECGP_ASSERT(p->rows >= 1 && p->depth >= 1 && p->outputs >= 1);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -31, -1));
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);

    for (int32_t row = 0; row < p->rows; row++) {
        const int32_t *blocks = p->blocks;

        ecgp_matrix_flip(input, p->depth, x);
        for (int32_t first = 0; first < p->outputs; first += ECGP_MATRIX_SUMS) {
            const int32_t left = p->outputs - first;
            const int32_t size = left < ECGP_MATRIX_SUMS ? left : ECGP_MATRIX_SUMS;
            int32_t sums[ECGP_MATRIX_SUMS];

            blocks = ecgp_matrix_blocks(blocks, x, sums, sums + size);
            ecgp_matrix_outputs(&p->requant, first, sums, size, output + first);
        }
        input += p->depth;
        output += p->outputs;
    }
}
