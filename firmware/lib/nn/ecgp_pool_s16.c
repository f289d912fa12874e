/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pool_s16.c
 * @brief As in ecgp_pool.c windows are cut at the input's edges. Channels are done one by one.
 */
#include "ecgp_pool_s16.h"

#include "ecgp_compiler.h"
#include "ecgp_helium_factor.h"
#include "ecgp_pool_window.h"
#include "ecgp_requant.h"

/** One cut window of one channel: its first value, its size in cells, and the distances of its cells and rows. */
typedef struct {
    const int16_t *first;
    int32_t rows;
    int32_t columns;
    int32_t step;
    int32_t row_step;
} channel_window;

/** The value of one window. */
typedef int32_t (*pool_value_s16)(const channel_window *w);

static int32_t average_value_s16(const channel_window *w)
{
    const int32_t cells = w->rows * w->columns;
    int32_t sum = 0;

    for (int32_t y = 0; y < w->rows; y++) {
        const int16_t *x = w->first + y * w->row_step;

        for (int32_t n = w->columns; n > 0; n--) {
            sum += *x;
            x += w->step;
        }
    }
    /* C's division truncates, so half a divisor away from zero rounds to nearest. */
    return (sum + (sum > 0 ? cells / 2 : -(cells / 2))) / cells;
}

/** The output cell of a window, channel by channel. */
static void cell_s16(const ecgp_pool_params *p, const channel_window *first, int16_t *output, pool_value_s16 value)
{
    channel_window w = *first;

    for (int32_t c = 0; c < p->channels; c++) {
        *output++ = (int16_t)ecgp_clamp(value(&w), p->min, p->max);
        w.first++;
    }
}

#if ECGP_HELIUM

/** Cells whose sum ecgp_helium_divided() divides: (32768 * 256 + 128) * 255 < 2^31. */
#define MOST_CELLS 256

/** The same, eight channels at a time. */
static void max_cell_s16(const ecgp_pool_params *p, const channel_window *first, int16_t *output)
{
    channel_window w = *first;

    for (int32_t left = p->channels; left > 0; left -= 8) {
        const mve_pred16_t valid = vctp16q((uint32_t)left);
        int16x8_t largest = vdupq_n_s16((int16_t)p->min);

        for (int32_t y = 0; y < w.rows; y++) {
            const int16_t *x = w.first + y * w.row_step;

            for (int32_t n = w.columns; n > 0; n--) {
                largest = vmaxq_s16(largest, vldrhq_z_s16(x, valid));
                x += w.step;
            }
        }
        vstrhq_p_s16(output, vminq_s16(largest, vdupq_n_s16((int16_t)p->max)), valid);
        w.first += 8;
        output += 8;
    }
}

/** The same, four channels at a time. */
static void average_cell_s16(const ecgp_pool_params *p, const channel_window *first, int16_t *output)
{
    channel_window w = *first;
    const ecgp_helium_divisor divisor = ecgp_helium_divisor_of(w.rows * w.columns);

    if (w.rows * w.columns > MOST_CELLS) {
        cell_s16(p, first, output, average_value_s16);
        return;
    }
    for (int32_t left = p->channels; left > 0; left -= 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)left);
        int32x4_t sums = vdupq_n_s32(0);

        for (int32_t y = 0; y < w.rows; y++) {
            const int16_t *x = w.first + y * w.row_step;

            for (int32_t n = w.columns; n > 0; n--) {
                sums = vaddq_s32(sums, vldrhq_z_s32(x, valid));
                x += w.step;
            }
        }
        vstrhq_p_s32(output, ecgp_helium_clamp(ecgp_helium_divided(sums, divisor), p->min, p->max), valid);
        w.first += 4;
        output += 4;
    }
}

#else

static int32_t max_value_s16(const channel_window *w)
{
    int32_t largest = -32768;

    for (int32_t y = 0; y < w->rows; y++) {
        const int16_t *x = w->first + y * w->row_step;

        for (int32_t n = w->columns; n > 0; n--) {
            largest = *x > largest ? *x : largest;
            x += w->step;
        }
    }
    return largest;
}

static void max_cell_s16(const ecgp_pool_params *p, const channel_window *first, int16_t *output)
{
    cell_s16(p, first, output, max_value_s16);
}

static void average_cell_s16(const ecgp_pool_params *p, const channel_window *first, int16_t *output)
{
    cell_s16(p, first, output, average_value_s16);
}

#endif

/** Writes the output cell of one window. */
typedef void (*pool_cell_s16)(const ecgp_pool_params *p, const channel_window *first, int16_t *output);

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
                const channel_window w = {first, rows.count, columns.count, p->channels, row_step};

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
