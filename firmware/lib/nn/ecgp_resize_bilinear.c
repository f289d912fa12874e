/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_resize_bilinear.c
 * @brief See ecgp_resize_bilinear.h. Weights add up to 2^20, so sums are below 2^27; TFLM's int64 gives the same.
 */
#include "ecgp_resize_bilinear.h"

#include "ecgp_compiler.h"

/** All weights of a pixel together are this. */
#define ONE 1024

/** One pixel, from the pixels above, of which `right` is as far from `left` as below. Rounded, halves away from 0. */
static void pixel(const int8_t *above, const int8_t *below, int32_t right, const int32_t weights[4], int32_t channels,
                  int8_t *output)
{
    const int32_t w0 = weights[0];
    const int32_t w1 = weights[1];
    const int32_t w2 = weights[2];
    const int32_t w3 = weights[3];

    for (const int8_t *const end = above + channels; above != end; above++) {
        int32_t sum = above[0] * w0 + above[right] * w1 + below[0] * w2 + below[right] * w3;

        below++;
        sum += (ONE * ONE / 2) - (sum < 0 ? 1 : 0);
        *output++ = (int8_t)(sum >> 20);
    }
}

void ecgp_resize_bilinear_s8(const ecgp_resize_bilinear_params *p, const int8_t *input, int8_t *output)
{
    ECGP_ASSERT(p->batches >= 1 && p->rows >= 1 && p->columns >= 1 && p->channels >= 1);
    for (int32_t b = 0; b < p->batches; b++) {
        for (int32_t y = 0; y < p->rows; y++) {
            const int32_t *const row = p->row_at + 3 * y;

            for (int32_t x = 0; x < p->columns; x++) {
                const int32_t *const column = p->column_at + 3 * x;
                const int32_t weights[4] = {(ONE - row[2]) * (ONE - column[2]), (ONE - row[2]) * column[2],
                                            row[2] * (ONE - column[2]), row[2] * column[2]};

                ECGP_ASSERT(row[2] >= 0 && row[2] < ONE && column[2] >= 0 && column[2] < ONE);
                pixel(input + row[0] + column[0], input + row[1] + column[0], column[1] - column[0], weights, p->channels,
                      output);
                output += p->channels;
            }
        }
        input += p->batch_step;
    }
}
