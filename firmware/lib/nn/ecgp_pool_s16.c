/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pool_s16.c
 * @brief As in ecgp_pool.c windows are cut at the input's edges. Four channels are done at once, two to a word.
 */
#include "ecgp_pool_s16.h"

#include "ecgp_compiler.h"
#include "ecgp_helium_factor.h"
#include "ecgp_pool_window.h"
#include "ecgp_requant.h"

/** One cut window: its first cell, its size in cells, and the distances of its cells and rows in elements. */
typedef struct {
    const int16_t *first;
    int32_t rows;
    int32_t columns;
    int32_t step;
    int32_t row_step;
} window_s16;

/** Writes the output cell of one window. */
typedef void (*pool_cell_s16)(const ecgp_pool_params *p, const window_s16 *w, int16_t *output);

#if ECGP_HELIUM

/** Cells whose sum ecgp_helium_divided() divides: (32768 * 256 + 128) * 255 < 2^31. */
#define MOST_CELLS 256

/** Eight channels at a time. */
static void max_cell_s16(const ecgp_pool_params *p, const window_s16 *w, int16_t *output)
{
    for (int32_t c = 0; c < p->channels; c += 8) {
        const mve_pred16_t valid = vctp16q((uint32_t)(p->channels - c));
        int16x8_t largest = vdupq_n_s16((int16_t)p->min);

        for (int32_t y = 0; y < w->rows; y++) {
            const int16_t *x = w->first + c + y * w->row_step;

            for (int32_t n = w->columns; n > 0; n--) {
                largest = vmaxq_s16(largest, vldrhq_z_s16(x, valid));
                x += w->step;
            }
        }
        vstrhq_p_s16(output + c, vminq_s16(largest, vdupq_n_s16((int16_t)p->max)), valid);
    }
}

/** Four channels at a time. */
static void average_fours_s16(const ecgp_pool_params *p, const window_s16 *w, int16_t *output)
{
    const ecgp_helium_divisor divisor = ecgp_helium_divisor_of(w->rows * w->columns);

    for (int32_t c = 0; c < p->channels; c += 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)(p->channels - c));
        int32x4_t sums = vdupq_n_s32(0);

        for (int32_t y = 0; y < w->rows; y++) {
            const int16_t *x = w->first + c + y * w->row_step;

            for (int32_t n = w->columns; n > 0; n--) {
                sums = vaddq_s32(sums, vldrhq_z_s32(x, valid));
                x += w->step;
            }
        }
        vstrhq_p_s32(output + c, ecgp_helium_clamp(ecgp_helium_divided(sums, divisor), p->min, p->max), valid);
    }
}

#else

static void max_cell_s16(const ecgp_pool_params *p, const window_s16 *w, int16_t *output)
{
    int32_t c = 0;

#if ECGP_DSP
    const uint32_t lowest = (uint32_t)p->min << 16 | ((uint32_t)p->min & 0xffffu);
    const uint32_t highest = (uint32_t)p->max << 16 | ((uint32_t)p->max & 0xffffu);

    for (; c + 4 <= p->channels; c += 4) {
        const int16_t *row = w->first + c;
        uint32_t pair0 = lowest;
        uint32_t pair1 = lowest;

        for (int32_t y = w->rows; y > 0; y--) {
            const int16_t *x = row;

            for (int32_t n = w->columns; n > 0; n--) {
                pair0 = ecgp_max2(pair0, ecgp_load2(x));
                pair1 = ecgp_max2(pair1, ecgp_load2(x + 2));
                x += w->step;
            }
            row += w->row_step;
        }
        ecgp_store2(output + c, ecgp_min2(pair0, highest));
        ecgp_store2(output + c + 2, ecgp_min2(pair1, highest));
    }
#endif
    for (; c < p->channels; c++) {
        const int16_t *row = w->first + c;
        int32_t largest = p->min;

        for (int32_t y = w->rows; y > 0; y--) {
            const int16_t *x = row;

            for (int32_t n = w->columns; n > 0; n--) {
                largest = *x > largest ? *x : largest;
                x += w->step;
            }
            row += w->row_step;
        }
        output[c] = (int16_t)(largest > p->max ? p->max : largest);
    }
}

#endif

static void average_cell_s16(const ecgp_pool_params *p, const window_s16 *w, int16_t *output)
{
#if ECGP_HELIUM
    if (w->rows * w->columns <= MOST_CELLS) {
        average_fours_s16(p, w, output);
        return;
    }
#endif
    const int32_t cells = w->rows * w->columns;
    const int32_t half = cells >> 1;
    int32_t c = 0;

    for (; c + 4 <= p->channels; c += 4) {
        const int16_t *row = w->first + c;
        int32_t sum0 = 0;
        int32_t sum1 = 0;
        int32_t sum2 = 0;
        int32_t sum3 = 0;

        for (int32_t y = w->rows; y > 0; y--) {
            const int16_t *x = row;

            for (int32_t n = w->columns; n > 0; n--) {
                sum0 += x[0];
                sum1 += x[1];
                sum2 += x[2];
                sum3 += x[3];
                x += w->step;
            }
            row += w->row_step;
        }
        output[c] = ecgp_pool_average(sum0, cells, half);
        output[c + 1] = ecgp_pool_average(sum1, cells, half);
        output[c + 2] = ecgp_pool_average(sum2, cells, half);
        output[c + 3] = ecgp_pool_average(sum3, cells, half);
    }
    for (; c < p->channels; c++) {
        const int16_t *row = w->first + c;
        int32_t sum = 0;

        for (int32_t y = w->rows; y > 0; y--) {
            const int16_t *x = row;

            for (int32_t n = w->columns; n > 0; n--) {
                sum += *x;
                x += w->step;
            }
            row += w->row_step;
        }
        output[c] = ecgp_pool_average(sum, cells, half);
    }
    for (c = p->min > -32768 || p->max < 32767 ? 0 : p->channels; c < p->channels; c++) { /* else all are within */
        output[c] = (int16_t)ecgp_clamp(output[c], p->min, p->max);
    }
}

static void pool_s16(const ecgp_pool_params *p, const int16_t *input, int16_t *output, pool_cell_s16 write_cell)
{
    const int32_t row_step = p->input_w * p->channels;

    ECGP_ASSERT(p->batches >= 1 && p->channels >= 1 && p->filter_h >= 1 && p->filter_w >= 1);
    ECGP_ASSERT(p->stride_h >= 1 && p->stride_w >= 1 && p->pad_top >= 0 && p->pad_left >= 0);
    ECGP_ASSERT(p->min >= -32768 && p->min <= p->max && p->max <= 32767);

    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->output_h; y++) {
            const ecgp_pool_span rows = ecgp_pool_cut(y * p->stride_h - p->pad_top, p->filter_h, p->input_h);

            for (int32_t x = 0; x < p->output_w; x++) {
                const ecgp_pool_span columns = ecgp_pool_cut(x * p->stride_w - p->pad_left, p->filter_w, p->input_w);
                const int16_t *const first = input + rows.first * row_step + columns.first * p->channels;
                const window_s16 w = {first, rows.count, columns.count, p->channels, row_step};

                write_cell(p, &w, output);
                output += p->channels;
            }
        }
        input += p->input_h * row_step;
    }
}

void ecgp_max_pool_s16(const ecgp_pool_params *p, const int16_t *input, int16_t *output)
{
    pool_s16(p, input, output, max_cell_s16);
}

void ecgp_average_pool_s16(const ecgp_pool_params *p, const int16_t *input, int16_t *output)
{
    pool_s16(p, input, output, average_cell_s16);
}
