/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_helium.c
 * @brief See ecgp_depthwise_conv_helium.h. Every lane of a vector is a channel.
 *
 * For each position, a list tells where the pixel of each tap is; those beyond the input's edge are one pixel of padding
 * in scratch. Sixteen channels after the other go through the list; the last sixteen are moved back to end with the
 * pixel, and those they share with the vector before are computed again.
 */
#include "ecgp_depthwise_conv_helium.h"

#include <string.h>

#include "ecgp_compiler.h"

/** Channels of a vector; LANES16 of helium.py. */
#define LANES 16

/** First channel of a vector. */
static inline int32_t first_of(int32_t vector, int32_t channels)
{
    const int32_t last = channels > LANES ? channels - LANES : 0;

    return vector * LANES < last ? vector * LANES : last;
}

#if ECGP_HELIUM

#include "ecgp_depthwise_helium_asm.h"

/** The row of a tap that is none: it lies above every image. */
#define NOWHERE INT16_MIN

/** What scratch holds: four arrays of `words` each, and a pixel of padding. */
typedef struct {
    int32_t words;       /**< taps, an even count of them, and two that are read ahead; a multiple of 4 */
    const int8_t **list; /**< where the taps' pixels of a position are */
    int32_t *addresses;  /**< the same memory, as vectors write it */
    int32_t *offset;     /**< bytes from a window's first pixel to the tap's */
    int16_t *row;        /**< the same in rows, or NOWHERE */
    int16_t *column;     /**< and in columns */
    int8_t *padding;
} places;

static places place(const ecgp_depthwise_conv_helium_params *p, void *scratch)
{
    places at;
    void *next;

    at.words = (2 * p->pairs + 2 + 3) / 4 * 4;
    at.list = scratch;
    at.addresses = scratch;
    at.offset = at.addresses + at.words;
    next = at.offset + at.words;
    at.row = next;
    at.column = at.row + at.words;
    next = at.column + at.words;
    at.padding = next;
    return at;
}

/** Fills what is the same for all positions. */
static void prepare(const ecgp_depthwise_conv_helium_params *p, void *scratch)
{
    const ecgp_window *const w = &p->window;
    const places at = place(p, scratch);
    int32_t slot = 0;

    memset(at.padding, (int)w->pad_value, (size_t)w->input_c);
    for (int32_t ky = 0; ky < w->kernel_h; ky++) {
        for (int32_t kx = 0; kx < w->kernel_w; kx++) {
            at.row[slot] = (int16_t)(ky * w->dilation_h);
            at.column[slot] = (int16_t)(kx * w->dilation_w);
            at.offset[slot] = (at.row[slot] * w->input_w + at.column[slot]) * w->input_c;
            slot++;
            if (p->apart != 0) {
                at.row[slot++] = NOWHERE;
            }
        }
    }
    while (slot < at.words) {
        at.row[slot++] = NOWHERE;
    }
    for (slot = 0; slot < at.words; slot++) {
        if (at.row[slot] == NOWHERE) {
            at.column[slot] = 0;
            at.offset[slot] = 0;
        }
    }
}

/** Lists the pixels that the position at row y, column x of the input reads; padding where there are none. */
static inline void find(const ecgp_window *w, const places *at, const int8_t *image, int32_t y, int32_t x)
{
    const uint32_t first = (uint32_t)(image + (y * w->input_w + x) * w->input_c);
    const int32_t bottom = y + (w->kernel_h - 1) * w->dilation_h;
    const int32_t right = x + (w->kernel_w - 1) * w->dilation_w;

    if (y >= 0 && x >= 0 && bottom < w->input_h && right < w->input_w) {
        for (int32_t i = 0; i < at->words; i += 4) {
            vstrwq_s32(at->addresses + i, vaddq_n_s32(vldrwq_s32(at->offset + i), (int32_t)first));
        }
        return;
    }
    for (int32_t i = 0; i < at->words; i += 4) {
        const uint32x4_t rows = (uint32x4_t)vaddq_n_s32(vldrhq_s32(at->row + i), y);
        const uint32x4_t columns = (uint32x4_t)vaddq_n_s32(vldrhq_s32(at->column + i), x);
        int32x4_t found = vaddq_n_s32(vldrwq_s32(at->offset + i), (int32_t)first);

        found = vdupq_m_n_s32(found, (int32_t)at->padding, vcmpcsq_n_u32(rows, (uint32_t)w->input_h));
        found = vdupq_m_n_s32(found, (int32_t)at->padding, vcmpcsq_n_u32(columns, (uint32_t)w->input_w));
        vstrwq_s32(at->addresses + i, found);
    }
}

/** All channels of a position. */
static void position(const ecgp_depthwise_conv_helium_params *p, const int8_t *image, int32_t y, int32_t x,
                     void *scratch, int8_t *output)
{
    const places at = place(p, scratch);
    const int32_t channels = p->window.input_c;
    const int32_t count = channels < LANES ? channels : LANES;
    const int8_t *weights = p->weights;

    find(&p->window, &at, image, y, x);
    for (int32_t vector = 0; vector * LANES < channels; vector++) {
        const int32_t c = first_of(vector, channels);
        ecgp_depthwise_sums sums;

        ecgp_depthwise_taps(at.list, c, weights, p->pairs, count, &sums);
        ecgp_depthwise_finish(&p->requant, vector * LANES, &sums, count, output + c);
        weights += 2 * p->pairs * LANES;
    }
}

#else

/** The output of a channel: `lane` of a vector, at row y, column x of the input. */
static void one(const ecgp_depthwise_conv_helium_params *p, const int8_t *image, int32_t y, int32_t x, int32_t vector,
                int32_t lane, int8_t *output)
{
    const ecgp_window *const w = &p->window;
    const int32_t c = first_of(vector, w->input_c) + lane;
    const int32_t factor = vector * LANES + (lane & 1) * 8 + (lane & 2) * 2 + lane / 4;
    const int8_t *weight = p->weights + vector * 2 * p->pairs * LANES + lane;
    int32_t sum = p->requant.bias[factor];

    for (int32_t ky = 0; ky < w->kernel_h; ky++) {
        for (int32_t kx = 0; kx < w->kernel_w; kx++) {
            const int32_t row = y + ky * w->dilation_h;
            const int32_t column = x + kx * w->dilation_w;
            const int inside = row >= 0 && row < w->input_h && column >= 0 && column < w->input_w;

            sum += *weight * (inside ? image[(row * w->input_w + column) * w->input_c + c] : w->pad_value);
            weight += p->apart != 0 ? 2 * LANES : LANES;
        }
    }
    ecgp_requantize(&p->requant, factor, &sum, 1, output + c, 1);
}

/** All channels of a position. */
static void position(const ecgp_depthwise_conv_helium_params *p, const int8_t *image, int32_t y, int32_t x,
                     void *scratch, int8_t *output)
{
    const int32_t channels = p->window.input_c;

    (void)scratch;
    for (int32_t vector = 0; vector * LANES < channels; vector++) {
        for (int32_t lane = 0; lane < (channels < LANES ? channels : LANES); lane++) {
            one(p, image, y, x, vector, lane, output);
        }
    }
}

static void prepare(const ecgp_depthwise_conv_helium_params *p, void *scratch)
{
    (void)p;
    (void)scratch;
}

#endif

void ecgp_depthwise_conv_helium_s8(const ecgp_depthwise_conv_helium_params *p, const int8_t *input, int8_t *output,
                                 void *scratch)
{
    const ecgp_window *const w = &p->window;

    ECGP_ASSERT(ecgp_window_is_valid(&p->window));
    ECGP_ASSERT(p->requant.per_channel == 1 && w->input_c >= 4);
    ECGP_ASSERT(p->pairs == (p->apart != 0 ? w->kernel_h * w->kernel_w : (w->kernel_h * w->kernel_w + 1) / 2));
    ECGP_ASSERT(p->pairs <= ECGP_DEPTHWISE_PAIRS_MAX && w->input_h <= INT16_MAX && w->input_w <= INT16_MAX);
    ECGP_ASSERT((w->kernel_h - 1) * w->dilation_h <= INT16_MAX && (w->kernel_w - 1) * w->dilation_w <= INT16_MAX);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, (w->input_c + LANES - 1) / LANES * LANES, -31, -1));
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);

    prepare(p, scratch);
    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            for (int32_t x = 0; x < w->output_w; x++) {
                position(p, input, y * w->stride_h - w->pad_top, x * w->stride_w - w->pad_left, scratch, output);
                output += w->input_c;
            }
        }
        input += w->input_h * w->input_w * w->input_c;
    }
}
