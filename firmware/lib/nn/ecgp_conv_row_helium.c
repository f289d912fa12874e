/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_row_helium.c
 * @brief See ecgp_conv_row_helium.h. Eight outputs of a channel lie side by side in a vector. What they read stays in
 * registers while one channel's weights after another multiply it.
 *
 * Where two columns are pooled, what eight outputs read is copied as two: even and odd columns, so that pairs are contiguous.
 * Outputs cannot be below the zero point, so a tie of a negative value makes no difference.
 */
#include "ecgp_conv_row_helium.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

/** Words of a channel in the stream, and of a wide one. */
#define WORDS 10
#define WIDE_WORDS 9

/** Columns that eight outputs read, two of them pooled. */
#define MOST_COLUMNS (2 * ECGP_ROW_OUTPUTS + ECGP_ROW_TAPS - 1)

/** What eight outputs read: even and odd columns where two are pooled, else all of them in `even`. */
typedef struct {
    const int8_t *even;
    const int8_t *odd;
} columns;

/** Column k, 0 to 5, of the first output. */
static inline const int8_t *column(const columns *c, int32_t pool, int32_t k)
{
    return pool == 1 ? c->even + k : (k % 2 != 0 ? c->odd : c->even) + k / 2;
}

#if ECGP_HELIUM

#include <arm_mve.h>

#include "ecgp_conv_row_helium_asm.h"

/** Even columns, then 16 bytes on, odd ones. */
static void split(const int8_t *from, int8_t *to)
{
    const int8x16_t sixteen = vldrbq_s8(from);
    const int8x16_t four = vldrbq_z_s8(from + 16, vctp8q(ECGP_ROW_TAPS - 1));

    vstrbq_s16(to, vmovlbq_s8(sixteen));
    vstrbq_s16(to + 8, vmovlbq_s8(four));
    vstrbq_s16(to + 16, vmovltq_s8(sixteen));
    vstrbq_s16(to + 24, vmovltq_s8(four));
}

/** The sums of four outputs' first or second columns. */
static inline int32x4_t four_sums(const int32_t *w, const columns *c, int32_t pool, int32_t k)
{
    int32x4_t sum = vmulq_n_s32(vldrbq_s32(column(c, pool, k)), w[0]);

    sum = vmlaq_n_s32(sum, vldrbq_s32(column(c, pool, k + 1)), w[1]);
    sum = vmlaq_n_s32(sum, vldrbq_s32(column(c, pool, k + 2)), w[2]);
    sum = vmlaq_n_s32(sum, vldrbq_s32(column(c, pool, k + 3)), w[3]);
    return vmlaq_n_s32(sum, vldrbq_s32(column(c, pool, k + 4)), w[4]);
}

/** A channel of large weights. entry: weights, bias, multiplier, shift. */
static void wide(const ecgp_conv_row_helium_params *p, const int32_t *entry, columns c, int8_t *to)
{
    for (int32_t half = 0; half < 2; half++) {
        int32x4_t sum = four_sums(entry, &c, p->pool, 0);

        if (p->pool == 2) {
            sum = vmaxq_s32(sum, four_sums(entry, &c, 2, 1));
        }
        sum = vqrdmulhq_n_s32(vaddq_n_s32(sum, entry[ECGP_ROW_TAPS]), entry[6]);
        sum = vaddq_n_s32(vrshlq_n_s32(sum, entry[7]), p->zero_point);
        sum = vminq_s32(vmaxq_s32(sum, vdupq_n_s32(p->min)), vdupq_n_s32(p->max));
        vstrbq_s32(to + 4 * half, sum);
        c.even += 4;
        c.odd += 4;
    }
}

/** Eight outputs of all channels: [outputs][8] bytes at `values`. */
static void channels(const ecgp_conv_row_helium_params *p, columns c, int8_t *values)
{
    if (p->pool == 2) {
        ecgp_row_pooled(&c, p->stream, values, p->zero_point, p->channels);
    } else {
        ecgp_row_plain(&c, p->stream, values, p->zero_point, p->channels);
    }
    for (int32_t i = 0; i < 8 * p->outputs && (p->min > p->zero_point || p->max < 127); i += 16) {
        const int8x16_t raised = vmaxq_s8(vldrbq_s8(values + i), vdupq_n_s8((int8_t)p->min));

        vstrbq_s8(values + i, vminq_s8(raised, vdupq_n_s8((int8_t)p->max)));
    }
    for (int32_t i = 0; i < p->wide; i++) {
        const int32_t *const entry = p->words + WIDE_WORDS * i;

        wide(p, entry + 1, c, values + 8 * entry[0]);
    }
}

#else

/** Even columns, then 16 bytes on, odd ones. */
static void split(const int8_t *from, int8_t *to)
{
    for (int32_t i = 0; i < MOST_COLUMNS; i++) {
        to[i % 2 * 16 + i / 2] = from[i];
    }
}

/** The sum of column `k` of five weights. */
static int32_t sum_of(const int32_t w[ECGP_ROW_TAPS], const columns *c, int32_t pool, int32_t k)
{
    int32_t sum = 0;

    for (int32_t t = 0; t < ECGP_ROW_TAPS; t++) {
        sum += w[t] * *column(c, pool, k + t);
    }
    return sum;
}

/** Eight outputs of a channel. entry: weights, bias, multiplier, shift. */
static void wide(const ecgp_conv_row_helium_params *p, const int32_t *entry, columns c, int8_t *to)
{
    for (int32_t i = 0; i < ECGP_ROW_OUTPUTS; i++) {
        const int32_t first = sum_of(entry, &c, p->pool, 0);
        const int32_t last = sum_of(entry, &c, p->pool, p->pool - 1);
        const int32_t sum = (first > last ? first : last) + entry[ECGP_ROW_TAPS];

        to[i] = (int8_t)ecgp_clamp(ecgp_multiply(sum, entry[6], entry[7]) + p->zero_point, p->min, p->max);
        c.even++;
        c.odd++;
    }
}

/** Eight outputs of all channels, from [outputs][8] bytes to rows. */
static void store(const int8_t *values, int32_t outputs, int8_t *output)
{
    for (int32_t i = 0; i < outputs * ECGP_ROW_OUTPUTS; i++) {
        output[i % ECGP_ROW_OUTPUTS * outputs + i / ECGP_ROW_OUTPUTS] = values[i];
    }
}

/** Eight outputs of all channels: [outputs][8] bytes at `values`. */
static void channels(const ecgp_conv_row_helium_params *p, columns c, int8_t *values)
{
    int8_t *to = values - ECGP_ROW_OUTPUTS;

    for (int32_t i = 0; i < p->channels; i++) {
        const int32_t *const w = p->stream + WORDS * i;
        const int32_t begin = (int32_t)((uint32_t)w[0] & 65535u) - w[1];
        const int32_t entry[WIDE_WORDS - 1] = {w[2], w[3], w[4] - w[5], -w[6], -w[7], begin, w[8], w[9]};

        to += (uint32_t)w[0] >> 16;
        wide(p, entry, c, to);
    }
    for (int32_t i = 0; i < p->wide; i++) {
        const int32_t *const entry = p->words + WIDE_WORDS * i;

        wide(p, entry + 1, c, values + 8 * entry[0]);
    }
}

#endif

/** Eight outputs of each channel of which all are the same. */
static void fill(const int8_t *fixed, int32_t outputs, int8_t *values)
{
    for (int32_t i = 0; i < outputs; i++) {
        const uint32_t four = UINT32_C(0x01010101) * (uint8_t)fixed[i];

        memcpy(values + 8 * i, &four, 4);
        memcpy(values + 8 * i + 4, &four, 4);
    }
}

/** The outputs of an input row. */
static void row(const ecgp_conv_row_helium_params *p, const int8_t *line, int8_t *output, int8_t *values)
{
    const ecgp_window *const w = &p->window;
    const int32_t width = w->output_w / p->pool;
    const int32_t count = width < ECGP_ROW_OUTPUTS ? width : ECGP_ROW_OUTPUTS;
    const int32_t field = ECGP_ROW_OUTPUTS * p->pool + ECGP_ROW_TAPS - 1;

    for (int32_t x = 0; x < width; x += ECGP_ROW_OUTPUTS) {
        const int32_t first = x < width - count ? x : width - count;
        const int32_t from = first * p->pool - w->pad_left;
        int8_t *const to = output + first * p->outputs;
        int8_t edge[MOST_COLUMNS];
        int8_t halves[32];
        const int inside = from >= 0 && from + field <= w->input_w;
        const int8_t *const all = inside ? line + from : edge;
        columns at = {all, all};

        for (int32_t i = 0; i < field && !inside; i++) {
            edge[i] = (int8_t)(from + i >= 0 && from + i < w->input_w ? line[from + i] : w->pad_value);
        }
        if (p->pool == 2) {
            split(all, halves);
            at.even = halves;
            at.odd = halves + 16;
        }
        channels(p, at, values);
        if (count == ECGP_ROW_OUTPUTS) {
            store(values, p->outputs, to);
        }
        for (int32_t i = 0; i < count * p->outputs && count < ECGP_ROW_OUTPUTS; i++) {
            to[i] = values[i % p->outputs * ECGP_ROW_OUTPUTS + i / p->outputs];
        }
    }
}

void ecgp_conv_row_helium_s8(const ecgp_conv_row_helium_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_window *const w = &p->window;
    int8_t *const values = (int8_t *)scratch + 8;

    ECGP_ASSERT(ecgp_window_is_valid(w) && w->input_c == 1 && w->kernel_h == 1 && w->kernel_w <= ECGP_ROW_TAPS);
    ECGP_ASSERT(w->stride_w == 1 && (w->dilation_w == 1 || w->kernel_w == 1) && w->pad_top == 0 && p->wide >= 0);
    ECGP_ASSERT(p->zero_point >= -128 && p->zero_point <= p->min && p->min <= p->max && p->max <= 127);
    ECGP_ASSERT(p->outputs >= 1 && p->outputs <= 8191 && p->channels >= 0 && p->channels + p->wide <= p->outputs);
    ECGP_ASSERT(p->fixed != NULL || p->channels + p->wide == p->outputs);
    ECGP_ASSERT(p->pool == 1 || (p->pool == 2 && w->output_w % 2 == 0));
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u && ((uintptr_t)p->stream & 3u) == 0u);
    if (p->fixed != NULL) {
        fill(p->fixed, p->outputs, values);
    }
    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            row(p, input + (batch * w->input_h + y * w->stride_h) * w->input_w, output, values);
            output += w->output_w / p->pool * p->outputs;
        }
    }
}
