/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_helium_s16.c
 * @brief See ecgp_depthwise_conv_helium_s16.h. Every lane of a vector is a channel, its sum an int32.
 *
 * The part of the kernel that lies in the input is a rectangle: it is cut once for each position, and padding, which is 0,
 * is left out. Eight channels at once go through it, then four at once; the last four are moved back to end with the pixel.
 */
#include "ecgp_depthwise_conv_helium_s16.h"

#include "ecgp_compiler.h"

/** The rows, or columns, of the kernel that lie in the input: `count` from `first` on. */
typedef struct {
    int32_t first;
    int32_t count;
} span;

/** at: where the kernel's first one lies in the input, which has `size`. */
static inline span cut(int32_t at, int32_t taps, int32_t dilation, int32_t size)
{
    int32_t first = 0;
    int32_t last = taps;

    while (first < taps && at + first * dilation < 0) {
        first++;
    }
    while (last > first && at + (last - 1) * dilation >= size) {
        last--;
    }
    const span found = {first, last - first};

    return found;
}

/** What one position reads: pixels and weights, from the first on, and how far their rows and columns lie apart. */
typedef struct {
    const int16_t *x;
    const int8_t *w;
    int32_t rows;
    int32_t columns;
    int32_t x_row;
    int32_t x_column;
    int32_t w_row;
    int32_t channels;
} field;

#if ECGP_HELIUM

/** The outputs of channels c to c + 3, and with `both` those of the four behind them; known at compile time. */
static inline void outputs(const ecgp_helium_requant_s16 *r, const field *f, int32_t c, int both, int16_t *output)
{
    int32x4_t sums = vdupq_n_s32(0);
    int32x4_t more = vdupq_n_s32(0);

    for (int32_t y = 0; y < f->rows; y++) {
        const int16_t *x = f->x + y * f->x_row + c;
        const int8_t *w = f->w + y * f->w_row + c;

        for (int32_t n = f->columns; n > 0; n--) {
            sums = vaddq_s32(sums, vmulq_s32(vldrhq_s32(x), vldrbq_s32(w)));
            if (both) {
                more = vaddq_s32(more, vmulq_s32(vldrhq_s32(x + 4), vldrbq_s32(w + 4)));
            }
            x += f->x_column;
            w += f->channels;
        }
    }
    vstrhq_s32(output + c, ecgp_helium_four_s16(r, c, sums));
    if (both) {
        vstrhq_s32(output + c + 4, ecgp_helium_four_s16(r, c + 4, more));
    }
}

/** All channels of a position. */
static void position(const ecgp_helium_requant_s16 *r, const field *f, int16_t *output)
{
    int32_t c = 0;

    for (; c + 8 <= f->channels; c += 8) {
        outputs(r, f, c, 1, output);
    }
    for (; c < f->channels; c += 4) {
        outputs(r, f, c <= f->channels - 4 ? c : f->channels - 4, 0, output);
    }
}

#else

/** All channels of a position. */
static void position(const ecgp_helium_requant_s16 *r, const field *f, int16_t *output)
{
    for (int32_t c = 0; c < f->channels; c++) {
        int32_t sum = 0;

        for (int32_t y = 0; y < f->rows; y++) {
            for (int32_t x = 0; x < f->columns; x++) {
                sum += f->x[y * f->x_row + x * f->x_column + c] * f->w[y * f->w_row + x * f->channels + c];
            }
        }
        output[c] = ecgp_helium_one_s16(r, c, sum);
    }
}

#endif

void ecgp_depthwise_conv_helium_s16(const ecgp_depthwise_conv_helium_s16_params *p, const int16_t *input,
                                    int16_t *output)
{
    const ecgp_window *const w = &p->window;
    const int32_t channels = w->input_c;
    const int32_t row = w->input_w * channels;

    ECGP_ASSERT(ecgp_window_is_valid(w) && w->pad_value == 0 && channels >= 4);
    ECGP_ASSERT(ecgp_helium_requant_s16_is_within(&p->requant, channels));
    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            const int32_t top = y * w->stride_h - w->pad_top;
            const span down = cut(top, w->kernel_h, w->dilation_h, w->input_h);

            for (int32_t x = 0; x < w->output_w; x++) {
                const int32_t left = x * w->stride_w - w->pad_left;
                const span across = cut(left, w->kernel_w, w->dilation_w, w->input_w);
                const int32_t pixel = (top + down.first * w->dilation_h) * row + (left + across.first * w->dilation_w) * channels;
                const int32_t weight = (down.first * w->kernel_w + across.first) * channels;
                const field f = {input + pixel, p->weights + weight, down.count, across.count, w->dilation_h * row,
                                 w->dilation_w * channels, w->kernel_w * channels, channels};

                position(&p->requant, &f, output);
                output += channels;
            }
        }
        input += w->input_h * row;
    }
}
