/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_bitmap.c
 * @brief A matrix in little more than a byte for each weight that is not zero.
 *
 * 1. Four bits say which of four weights there are: for each of the 16 cases there is straight code, and the end of
 *    one jumps to the next, so that nothing is counted, tested or unpacked.
 * 2. Eight inputs, spread to int16 once a row, are fetched by one LDM.
 * 3. One or two weights are multiplied by SMLA<x><y>, which takes either half of a word; of three and four, two at a
 *    time by SMLAD. Weights 0, 1, 3 are stored as 1, 0, 3, and 0, 2, 3 as 0, 3, 2, so that SXTB16 pairs them.
 * 4. The byte 0x0f ends a row: the case of four weights, which is rare, looks whether the inputs are at their end.
 */
#include "ecgp_fully_connected_bitmap.h"

#include <stddef.h>

#include "ecgp_compiler.h"
#include "ecgp_matrix_sparse.h"

#if ECGP_DSP && ECGP_ASSEMBLY && ECGP_UNALIGNED

/** Where the next output begins, and where its inputs end. ecgp_bitmap_asm.h loads the fields in this order. */
typedef struct {
    const uint8_t *bits;
    const int16_t *end;
    const int8_t *weights;
} rows;

#include "ecgp_bitmap_asm.h"

/** The sums of `count` outputs, one at least. *bits and *weights are moved on to the next. x, up to end, is spread. */
static inline void multiply(const uint8_t **bits, const int8_t **weights, const int16_t *x, const int16_t *end,
                            int32_t *sums, int32_t count)
{
    rows r = {*bits, end, *weights};

    ecgp_bitmap_rows(&r, sums, sums + count, x);
    *bits = r.bits;
    *weights = r.weights;
}

#else

/** The sum of one output. *bits and *weights are moved on to the next. */
static int32_t dot(const uint8_t **bits, const int8_t **weights, const int16_t *x, const int16_t *end)
{
    /* Where the weights of each case lie in four spread inputs, two bits for each in the order they are stored. */
    static const uint8_t places[16] = {0, 0, 2, 8, 1, 4, 6, 24, 3, 12, 14, 50, 13, 28, 54, 216};
    const uint8_t *b = *bits;
    const int8_t *w = *weights;
    int32_t acc = 0;

    for (; x != end; x += 4) {
        const uint32_t here = (((uintptr_t)(end - x) & 4u) != 0u ? *b++ >> 4 : *b) & 15u;
        uint32_t place = places[here];

        for (uint32_t left = here; left != 0u; left &= left - 1u) {
            acc += *w++ * x[place & 3u];
            place >>= 2;
        }
    }
    *bits = b + 1;
    *weights = w;
    return acc;
}

/** The sums of `count` outputs, one at least. *bits and *weights are moved on to the next. x, up to end, is spread. */
static inline void multiply(const uint8_t **bits, const int8_t **weights, const int16_t *x, const int16_t *end,
                            int32_t *sums, int32_t count)
{
    for (int32_t k = 0; k < count; k++) {
        sums[k] = dot(bits, weights, x, end);
    }
}

#endif

/**
 * Spreads a row to int16: of every four inputs 0, 2, 1 and 3, the last four made whole with zeros.
 *
 * @param size  elements to write, a multiple of four, depth and more
 */
static void spread(const int8_t *x, int32_t depth, int32_t size, int16_t *to)
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

void ecgp_fully_connected_sparse_bitmap_s8(const ecgp_fully_connected_bitmap_params *p, const int8_t *input,
                                       int8_t *output, void *scratch)
{
    const int32_t size = (p->depth + 7) & ~7;
    int16_t *const x = scratch;

    ECGP_ASSERT(p->rows >= 1 && p->depth >= 1 && p->outputs >= 1);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -31, -1));
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);

    for (int32_t row = 0; row < p->rows; row++) {
        const uint8_t *bits = p->bits;
        const int8_t *weights = p->weights;

        spread(input, p->depth, size, x);
        for (int32_t first = 0; first < p->outputs; first += ECGP_MATRIX_SUMS) {
            const int32_t left = p->outputs - first;
            const int32_t count = left < ECGP_MATRIX_SUMS ? left : ECGP_MATRIX_SUMS;
            int32_t sums[ECGP_MATRIX_SUMS];

            multiply(&bits, &weights, x, x + size, sums, count);
            ecgp_matrix_outputs(&p->requant, first, sums, count, output + first);
        }
        input += p->depth;
        output += p->outputs;
    }
}
