/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_row_helium.c
 * @brief See ecgp_conv_row_helium.h. Four positions lie side by side in a vector, every second one, so that eight positions
 * take the same six vectors of inputs: they stay in registers while one channel's weights after another multiply them.
 *
 * Outputs cannot be below the zero point, so a tie of a negative value makes no difference.
 */
#include "ecgp_conv_row_helium.h"

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

/** Bytes of a row that eight positions read. */
#define FIELD (ECGP_ROW_POSITIONS + ECGP_ROW_TAPS - 1)

#if ECGP_HELIUM

#include <arm_mve.h>

#include "ecgp_conv_row_helium_asm.h"

/** Stores four positions of up to 16 channels, `step` bytes apart, from [channels][4] bytes. */
static inline void store_four(const ecgp_conv_row_helium_params *p, const int8_t *columns, int32_t left, int32_t step, int8_t *to)
{
    const mve_pred16_t valid = vctp8q((uint32_t)left);
    const int8x16x4_t each = vld4q_s8(columns);
    const int8x16_t min = vdupq_n_s8((int8_t)p->min);
    const int8x16_t max = vdupq_n_s8((int8_t)p->max);

    vstrbq_p_s8(to, vminq_s8(vmaxq_s8(each.val[0], min), max), valid);
    vstrbq_p_s8(to + step, vminq_s8(vmaxq_s8(each.val[1], min), max), valid);
    vstrbq_p_s8(to + 2 * step, vminq_s8(vmaxq_s8(each.val[2], min), max), valid);
    vstrbq_p_s8(to + 3 * step, vminq_s8(vmaxq_s8(each.val[3], min), max), valid);
}

/** Eight positions of all channels. */
static void positions(const ecgp_conv_row_helium_params *p, const int8_t *x, int8_t *output, int8_t *scratch)
{
    const int32_t count = p->outputs;
    int8_t *const columns = scratch + 4;

    if (p->pool == 2) {
        ecgp_row_pooled(x, p->stream, columns, p->zero_point, (count + 1) >> 1);
        for (int32_t c = 0; c < count; c += ECGP_ROW_CHANNELS) {
            store_four(p, columns + 4 * c, count - c, count, output + c);
        }
        return;
    }
    for (int32_t c = 0; c < count; c += ECGP_ROW_CHANNELS) {
        const int32_t left = count - c;

        ecgp_row_plain(x, p->stream + 8 * c, columns, p->zero_point, left < ECGP_ROW_CHANNELS ? left : ECGP_ROW_CHANNELS);
        store_four(p, columns, left, 2 * count, output + c);
        store_four(p, columns + 4 * ECGP_ROW_CHANNELS, left, 2 * count, output + count + c);
    }
}

#else

/** Eight positions of all channels. */
static void positions(const ecgp_conv_row_helium_params *p, const int8_t *x, int8_t *output, int8_t *scratch)
{
    (void)scratch;
    for (int32_t c = 0; c < p->outputs; c++) {
        const int32_t *const w = p->stream + 8 * c;

        for (int32_t k = 0; k < ECGP_ROW_POSITIONS; k += p->pool) {
            int32_t larger = INT32_MIN;

            for (int32_t i = k; i < k + p->pool; i++) {
                int32_t sum = 0;

                for (int32_t t = 0; t < ECGP_ROW_TAPS; t++) {
                    sum += w[t] * x[i + t];
                }
                larger = sum > larger ? sum : larger;
            }
            larger = ecgp_multiply(larger + w[ECGP_ROW_TAPS], w[6], w[7]) + p->zero_point;
            output[k / p->pool * p->outputs + c] = (int8_t)ecgp_clamp(larger, p->min, p->max);
        }
    }
}

#endif

void ecgp_conv_row_helium_s8(const ecgp_conv_row_helium_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_window *const w = &p->window;
    const int32_t lines = w->batches * w->output_h;
    const int32_t last = w->output_w - ECGP_ROW_POSITIONS;

    ECGP_ASSERT(ecgp_window_is_valid(w) && w->input_c == 1 && w->kernel_h == 1 && w->kernel_w <= ECGP_ROW_TAPS);
    ECGP_ASSERT(w->stride_w == 1 && (w->dilation_w == 1 || w->kernel_w == 1) && w->pad_top == 0 && last >= 0);
    ECGP_ASSERT(p->zero_point >= -128 && p->zero_point <= p->min && p->min <= p->max && p->max <= 127);
    ECGP_ASSERT(p->outputs >= 1 && (p->pool == 1 || (p->pool == 2 && w->output_w % 2 == 0)));
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u && ((uintptr_t)p->stream & 3u) == 0u);
    for (int32_t row = 0; row < lines; row++) {
        const int32_t batch = row / w->output_h;
        const int8_t *const line = input + (batch * w->input_h + (row - batch * w->output_h) * w->stride_h) * w->input_w;

        for (int32_t x = 0; x < w->output_w; x += ECGP_ROW_POSITIONS) {
            const int32_t first = x < last ? x : last;
            const int32_t from = first - w->pad_left;
            int8_t edge[FIELD];
            const int inside = from >= 0 && from + FIELD <= w->input_w;

            for (int32_t i = 0; i < FIELD && !inside; i++) {
                const int32_t at = from + i;

                edge[i] = (int8_t)(at >= 0 && at < w->input_w ? line[at] : w->pad_value);
            }
            positions(p, inside ? line + from : edge, output + (row * w->output_w + first) / p->pool * p->outputs, scratch);
        }
    }
}
