/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pool_s16.c
 * @brief As in ecgp_pool.c windows are cut at the input's edges. Channels are done one by one.
 */
#include "ecgp_pool_s16.h"

#include "ecgp_compiler.h"
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

static void pool_s16(const ecgp_pool_params *p, const int16_t *input, int16_t *output, pool_value_s16 value)
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
                channel_window w = {first, rows.count, columns.count, p->channels, row_step};

                for (int32_t c = 0; c < p->channels; c++) {
                    *output++ = (int16_t)ecgp_clamp(value(&w), p->min, p->max);
                    w.first++;
                }
            }
        }
        input += p->input_h * row_step;
    }
}

void ecgp_max_pool_s16(const ecgp_pool_params *p, const int16_t *input, int16_t *output)
{
    pool_s16(p, input, output, max_value_s16);
}

void ecgp_average_pool_s16(const ecgp_pool_params *p, const int16_t *input, int16_t *output)
{
    pool_s16(p, input, output, average_value_s16);
}
