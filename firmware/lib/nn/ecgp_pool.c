/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pool.c
 * @brief Both poolings visit each output cell with the part of its window that lies in the input.
 *
 * Padding needs no values: the window is cut at the input's edges, once per output cell.
 */
#include "ecgp_pool.h"

#include "ecgp_compiler.h"
#include "ecgp_helium.h"
#include "ecgp_helium_factor.h"
#include "ecgp_pool_sums.h"
#include "ecgp_pool_window.h"
#include "ecgp_requant.h"

#if ECGP_HELIUM
/** Cells whose sum ecgp_helium_divided() divides: (128 * 4000 + 2000) * 3999 < 2^31. */
#define MOST_CELLS 4000
#endif

/** One cut window: its first cell, its size in cells, and the distance of its rows in bytes. */
typedef struct {
    const int8_t *first;
    int32_t rows;
    int32_t columns;
    int32_t row_bytes;
} window;

/** Writes the output cell of one window. */
typedef void (*pool_cell)(const ecgp_pool_params *p, const window *w, int8_t *output);

#if ECGP_HELIUM

/** Sixteen channels at a time. */
static void max_cell(const ecgp_pool_params *p, const window *w, int8_t *output)
{
    const int32_t channels = p->channels;
    const int8x16_t max = vdupq_n_s8((int8_t)p->max);

    for (int32_t c = 0; c < channels; c += 16) {
        const mve_pred16_t valid = vctp8q((uint32_t)(channels - c));
        int8x16_t largest = vdupq_n_s8((int8_t)p->min);

        for (int32_t y = 0; y < w->rows; y++) {
            const int8_t *cell = w->first + y * w->row_bytes + c;

            for (int32_t x = w->columns; x > 0; x--) {
                largest = vmaxq_s8(largest, vldrbq_z_s8(cell, valid));
                cell += channels;
            }
        }
        vstrbq_p_s8(output + c, vminq_s8(largest, max), valid);
    }
}

#else

/** Four channels at a time, in a word. */
static void max_cell(const ecgp_pool_params *p, const window *w, int8_t *output)
{
    const int32_t channels = p->channels;
    int32_t c = 0;

#if ECGP_DSP
    const uint32_t lowest = (uint32_t)(p->min & 0xff) * 0x01010101u;
    const uint32_t highest = (uint32_t)(p->max & 0xff) * 0x01010101u;

    for (; c + 4 <= channels; c += 4) {
        uint32_t largest = lowest;

        for (int32_t y = 0; y < w->rows; y++) {
            const int8_t *cell = w->first + y * w->row_bytes + c;

            for (int32_t x = w->columns; x > 0; x--) {
                largest = ecgp_max4(largest, ecgp_load4(cell));
                cell += channels;
            }
        }
        ecgp_store4(output + c, ecgp_min4(largest, highest));
    }
#endif
    for (; c < channels; c++) {
        int32_t largest = p->min;

        for (int32_t y = 0; y < w->rows; y++) {
            const int8_t *cell = w->first + y * w->row_bytes + c;

            for (int32_t x = w->columns; x > 0; x--) {
                largest = *cell > largest ? *cell : largest;
                cell += channels;
            }
        }
        output[c] = (int8_t)(largest > p->max ? p->max : largest);
    }
}

#endif

/** Averages of four channels, the first is c, of a window of up to ECGP_POOL_CELLS cells. */
static void average_four(const ecgp_pool_params *p, const window *w, int32_t c, int8_t *output)
{
    const int32_t cells = w->rows * w->columns;
    const int8_t *row = w->first + c;
    ecgp_pool_sums sums = ECGP_POOL_NONE;

    for (int32_t y = w->rows; y > 0; y--) {
        ecgp_pool_add(&sums, row, p->channels, w->columns);
        row += w->row_bytes;
    }
    for (int32_t k = 0; k < 4; k++) {
        output[c + k] = (int8_t)ecgp_pool_average(ecgp_pool_sum(&sums, k), cells, cells >> 1);
    }
}

static void average_channels(const ecgp_pool_params *p, const window *w, int8_t *output)
{
    const int32_t cells = w->rows * w->columns;
    const int32_t half = cells >> 1;
    const int32_t step = p->channels;
    const int32_t row_bytes = w->row_bytes;
    int32_t c = 0;

    for (; cells <= ECGP_POOL_CELLS && c + 4 <= p->channels; c += 4) {
        average_four(p, w, c, output);
    }
    for (; c < p->channels; c++) {
        const int8_t *row = w->first + c;
        int32_t sum = 0;

        for (int32_t y = w->rows; y > 0; y--) {
            const int8_t *cell = row;

            for (int32_t x = w->columns; x > 0; x--) {
                sum += *cell;
                cell += step;
            }
            row += row_bytes;
        }
        output[c] = (int8_t)ecgp_pool_average(sum, cells, half);
    }
    for (c = p->min > -128 || p->max < 127 ? 0 : p->channels; c < p->channels; c++) { /* else all are within */
        output[c] = (int8_t)ecgp_clamp(output[c], p->min, p->max);
    }
}

static void average_cell(const ecgp_pool_params *p, const window *w, int8_t *output)
{
#if ECGP_HELIUM
    /* Four channels at a time, the last ones moved back to end with the cell. */
    const int32_t last = p->channels - 4;
    const int32_t cells = w->rows * w->columns;
    const ecgp_helium_divisor divisor = ecgp_helium_divisor_of(cells);

    if (last >= 0 && cells <= MOST_CELLS) {
        for (int32_t c = 0; c < p->channels; c += 4) {
            const int32_t at = c <= last ? c : last;
            int32x4_t sums = vdupq_n_s32(0);

            for (int32_t y = 0; y < w->rows; y++) {
                sums = ecgp_helium_columns(sums, w->first + y * w->row_bytes + at, p->channels, w->columns);
            }
            vstrbq_s32(output + at, ecgp_helium_clamp(ecgp_helium_divided(sums, divisor), p->min, p->max));
        }
        return;
    }
#endif
    average_channels(p, w, output);
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
