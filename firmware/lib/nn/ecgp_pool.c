/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pool.c
 * @brief Both poolings visit each output cell with the part of its window that lies in the input.
 *
 * Padding needs no values: the window is cut at the input's edges, once per output cell.
 */
#include "ecgp_pool.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_pool_window.h"
#include "ecgp_requant.h"

/** One cut window: its first cell, its size in cells, and the distance of its rows in bytes. */
typedef struct {
    const int8_t *first;
    int32_t rows;
    int32_t columns;
    int32_t row_bytes;
} window;

/** Writes the output cell of one window. */
typedef void (*pool_cell)(const ecgp_pool_params *p, const window *w, int8_t *output);

static void max_cell(const ecgp_pool_params *p, const window *w, int8_t *output)
{
    memset(output, p->min, (size_t)p->channels);
    for (int32_t y = 0; y < w->rows; y++) {
        const int8_t *cell = w->first + y * w->row_bytes;

        for (int32_t x = 0; x < w->columns; x++) {
            for (int32_t c = 0; c < p->channels; c++) {
                if (cell[c] > output[c]) {
                    output[c] = cell[c];
                }
            }
            cell += p->channels;
        }
    }
    for (int32_t c = 0; c < p->channels; c++) {
        if (output[c] > p->max) {
            output[c] = (int8_t)p->max;
        }
    }
}

static void average_cell(const ecgp_pool_params *p, const window *w, int8_t *output)
{
    const int32_t cells = w->rows * w->columns;

    for (int32_t c = 0; c < p->channels; c++) {
        int32_t sum = 0;

        for (int32_t y = 0; y < w->rows; y++) {
            const int8_t *row = w->first + y * w->row_bytes;

            for (int32_t x = 0; x < w->columns; x++) {
                sum += row[x * p->channels + c];
            }
        }
        /* C's division truncates, so half a divisor away from zero rounds to nearest. */
        sum += sum > 0 ? cells / 2 : -(cells / 2);
        output[c] = (int8_t)ecgp_clamp(sum / cells, p->min, p->max);
    }
}

static void pool(const ecgp_pool_params *p, const int8_t *input, int8_t *output, pool_cell write_cell)
{
    const int32_t row_bytes = p->input_w * p->channels;

    ECGP_ASSERT(p->batches >= 1 && p->channels >= 1 && p->filter_h >= 1 && p->filter_w >= 1 && p->stride_h >= 1 && p->stride_w >= 1);
    ECGP_ASSERT(p->pad_top >= 0 && p->pad_left >= 0 && p->min >= -128 && p->min <= p->max && p->max <= 127);

    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->output_h; y++) {
            const ecgp_pool_span rows = ecgp_pool_cut(y * p->stride_h - p->pad_top, p->filter_h, p->input_h);

            for (int32_t x = 0; x < p->output_w; x++) {
                const ecgp_pool_span columns = ecgp_pool_cut(x * p->stride_w - p->pad_left, p->filter_w, p->input_w);
                const int8_t *first = input + rows.first * row_bytes + columns.first * p->channels;
                const window w = {first, rows.count, columns.count, row_bytes};

                write_cell(p, &w, output);
                output += p->channels;
            }
        }
        input += p->input_h * row_bytes;
    }
}

void ecgp_max_pool_s8(const ecgp_pool_params *p, const int8_t *input, int8_t *output)
{
    pool(p, input, output, max_cell);
}

void ecgp_average_pool_s8(const ecgp_pool_params *p, const int8_t *input, int8_t *output)
{
    pool(p, input, output, average_cell);
}
