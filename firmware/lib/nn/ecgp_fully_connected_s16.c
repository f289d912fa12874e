/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_s16.c
 * @brief See ecgp_fully_connected_s16.h. Two outputs at a time share the loads of the inputs.
 */
#include "ecgp_fully_connected_s16.h"

#include "ecgp_compiler.h"
#include "ecgp_sums_s16.h"

/** Adds the products of `length` inputs to the sums of two outputs, whose weights lie `depth` apart. */
static void two_s16(const int8_t *w, int32_t depth, const int16_t *x, int32_t length, int64_t sums[2])
{
    int32_t sum0 = 0;
    int32_t sum1 = 0;

    for (const int8_t *const end = w + (length & ~3); w != end; w += 4) {
        sum0 = ecgp_sum4_s16(w, x, sum0);
        sum1 = ecgp_sum4_s16(w + depth, x, sum1);
        x += 4;
    }
    for (const int8_t *const end = w + (length & 3); w != end; w++) {
        sum0 += w[0] * *x;
        sum1 += w[depth] * *x++;
    }
    sums[0] += sum0;
    sums[1] += sum1;
}

/** The outputs of one row. */
static void row_s16(const ecgp_fully_connected_s16_params *p, const int16_t *input, int16_t *output)
{
    const int8_t *w = p->weights;

    for (int32_t c = 0; c < p->outputs; c += 2) {
        int64_t sums[2] = {0, 0};
        const int32_t both = c + 1 < p->outputs ? 1 : 0;

        for (int32_t done = 0; done < p->depth; done += p->part) {
            const int32_t left = p->depth - done;
            const int32_t length = left < p->part ? left : p->part;

            if (both != 0) {
                two_s16(w + done, p->depth, input + done, length, sums);
            } else {
                sums[0] += ecgp_sum_s16(w + done, input + done, length, 0);
            }
        }
        output[c] = ecgp_requantized_s16(&p->requant, c, sums[0]);
        if (both != 0) {
            output[c + 1] = ecgp_requantized_s16(&p->requant, c + 1, sums[1]);
        }
        w += 2 * p->depth;
    }
}

void ecgp_fully_connected_s16(const ecgp_fully_connected_s16_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->rows >= 1 && p->depth >= 1 && p->outputs >= 1);
    ECGP_ASSERT(p->part == p->depth || (p->part >= 4 && p->part % 4 == 0));
    ECGP_ASSERT(ecgp_requant_s16_is_within(&p->requant, p->outputs));
    for (int32_t i = 0; i < p->rows; i++) {
        row_s16(p, input, output);
        input += p->depth;
        output += p->outputs;
    }
}
