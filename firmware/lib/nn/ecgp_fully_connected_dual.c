/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_dual.c
 * @brief See ecgp_fully_connected_dual.h, and ecgp_matrix_dual.h for the order of the weights.
 */
#include "ecgp_fully_connected_dual.h"

#include "ecgp_compiler.h"
#include "ecgp_matrix.h"
#include "ecgp_matrix_dual.h"

/** Behind a row in whole words. */
static inline const int8_t *end_of(const ecgp_fully_connected_dual_params *p, const int8_t *x)
{
    return x + ((p->depth + 3) & ~3);
}

/** One row: whole tiles, then pairs. */
static void row_of(const ecgp_fully_connected_dual_params *p, const int8_t *x, int8_t *output)
{
    const int32_t *w = p->weights;

    for (int32_t first = 0; first < p->outputs; first += ECGP_MATRIX_SUMS) {
        const int32_t left = p->outputs - first;
        const int32_t count = left < ECGP_MATRIX_SUMS ? left : ECGP_MATRIX_SUMS;
        const int32_t tiled = (count + 1) / ECGP_MATRIX_DUAL_TILE * ECGP_MATRIX_DUAL_TILE;
        int32_t sums[ECGP_MATRIX_SUMS];

        if (tiled != 0) {
            w = ecgp_matrix_dual_tiles(w, x, end_of(p, x), sums, tiled);
        }
        for (int32_t k = tiled; k < count; k += 2) {
            w = ecgp_matrix_dual_pair(w, x, end_of(p, x), sums + k);
        }
        ecgp_matrix_outputs(&p->requant, first, sums, count, output + first);
    }
}

void ecgp_fully_connected_dual_s8(const ecgp_fully_connected_dual_params *p, const int8_t *input, int8_t *output,
                                  void *scratch)
{
    int8_t *const end = output + p->rows * p->outputs;

    ECGP_ASSERT(p->rows >= 1 && p->depth >= 1 && p->outputs >= 1);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -31, -1));
    for (; output != end; output += p->outputs) {
        row_of(p, ecgp_matrix_padded(input, p->depth, scratch), output);
        input += p->depth;
    }
}
