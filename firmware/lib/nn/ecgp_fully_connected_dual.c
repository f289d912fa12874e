/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_dual.c
 * @brief See ecgp_fully_connected_dual.h, and ecgp_matrix_dual.h for the order of the weights.
 */
#include "ecgp_fully_connected_dual.h"

#include "ecgp_compiler.h"
#include "ecgp_matrix.h"
#include "ecgp_matrix_dual.h"

/** The sums of whole tiles or of one pair, from up to ECGP_MATRIX_DUAL_WORDS words of inputs. */
static const int32_t *part_of(const int32_t *w, const int8_t *x, int32_t words, int32_t *sums, int32_t count)
{
    const int8_t *const end = x + 4 * words;

    return count >= ECGP_MATRIX_DUAL_TILE ? ecgp_matrix_dual_tiles(w, x, end, sums, count)
                                          : ecgp_matrix_dual_pair(w, x, end, sums);
}

/** The same for one tile or pair, from any number of words. */
static const int32_t *parts_of(const int32_t *w, const int8_t *x, int32_t words, int32_t *sums, int32_t count)
{
    w = part_of(w, x, ECGP_MATRIX_DUAL_WORDS, sums, count);
    for (int32_t done = ECGP_MATRIX_DUAL_WORDS; done < words; done += ECGP_MATRIX_DUAL_WORDS) {
        const int32_t left = words - done;
        int32_t more[ECGP_MATRIX_DUAL_TILE];

        w = part_of(w, x + 4 * done, left < ECGP_MATRIX_DUAL_WORDS ? left : ECGP_MATRIX_DUAL_WORDS, more, count);
        for (int32_t k = 0; k < count; k++) {
            sums[k] += more[k];
        }
    }
    return w;
}

/** One row of `words` words. */
static void row_of(const ecgp_fully_connected_dual_params *p, const int8_t *x, int32_t words, int8_t *output)
{
    const int32_t *w = p->weights;

    for (int32_t first = 0; first < p->outputs; first += ECGP_MATRIX_SUMS) {
        const int32_t left = p->outputs - first;
        const int32_t count = left < ECGP_MATRIX_SUMS ? left : ECGP_MATRIX_SUMS;
        const int32_t tiled = (count + 1) / ECGP_MATRIX_DUAL_TILE * ECGP_MATRIX_DUAL_TILE;
        const int32_t unit = words > ECGP_MATRIX_DUAL_WORDS ? ECGP_MATRIX_DUAL_TILE : tiled;
        int32_t sums[ECGP_MATRIX_SUMS];

        for (int32_t done = 0; done < count;) {
            const int32_t some = done < tiled ? unit : 2;

            w = words > ECGP_MATRIX_DUAL_WORDS ? parts_of(w, x, words, sums + done, some)
                                               : part_of(w, x, words, sums + done, some);
            done += some;
        }
        ecgp_matrix_outputs(&p->requant, first, sums, count, output + first);
    }
}

void ecgp_fully_connected_dual_s8(const ecgp_fully_connected_dual_params *p, const int8_t *input, int8_t *output,
                                  void *scratch)
{
    const int32_t words = (p->depth + 3) >> 2;

    ECGP_ASSERT(p->rows >= 1 && p->depth >= 1 && p->outputs >= 1);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -31, -1));

    for (int32_t row = 0; row < p->rows; row++) {
        row_of(p, ecgp_matrix_padded(input, p->depth, scratch), words, output);
        input += p->depth;
        output += p->outputs;
    }
}
