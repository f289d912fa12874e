/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_helium.c
 * @brief See ecgp_depthwise_conv_helium.h. Every lane of a vector is a channel, its sum an int32.
 *
 * For each position, a list tells where the pixel of each tap is; those beyond the input's edge are one pixel of padding
 * in scratch. 16 channels at once go through the list, then four at once; the last four are moved back to end with the
 * pixel, and those they share with the vector before are computed again.
 */
#include "ecgp_depthwise_conv_helium.h"

#include "ecgp_compiler.h"
#include "ecgp_helium_rescale.h"

#if ECGP_HELIUM

/** The outputs of channels c to c + 15. */
static inline void sixteen(const ecgp_depthwise_conv_helium_params *p, const int8_t *const *list, int32_t c,
                           int8_t *output)
{
    const int32_t taps = p->window.kernel_h * p->window.kernel_w;
    int32x4_t sums[4];

    ecgp_helium_sixteen_channels(list, p->weights + c, taps, c, p->window.input_c, sums);
    vstrbq_s32(output + c, ecgp_helium_four(&p->requant, c, sums[0]));
    vstrbq_s32(output + c + 4, ecgp_helium_four(&p->requant, c + 4, sums[1]));
    vstrbq_s32(output + c + 8, ecgp_helium_four(&p->requant, c + 8, sums[2]));
    vstrbq_s32(output + c + 12, ecgp_helium_four(&p->requant, c + 12, sums[3]));
}

/** The outputs of channels c to c + 3. */
static inline void four(const ecgp_depthwise_conv_helium_params *p, const int8_t *const *list, int32_t c, int8_t *output)
{
    const int32_t taps = p->window.kernel_h * p->window.kernel_w;
    const int32x4_t sums = ecgp_helium_four_channels(list, p->weights + c, taps, c, p->window.input_c);

    vstrbq_s32(output + c, ecgp_helium_four(&p->requant, c, sums));
}

/** Lists the pixels that the position at row y, column x of the input reads; `padding` where there are none. */
static void find(const ecgp_window *w, const int8_t *image, int32_t y, int32_t x, const int8_t *padding,
                 const int8_t **list)
{
    for (int32_t ky = 0; ky < w->kernel_h; ky++) {
        int32_t pixel = (y * w->input_w + x) * w->input_c;
        const int inside = y >= 0 && y < w->input_h;
        int32_t column = x;

        for (int32_t kx = 0; kx < w->kernel_w; kx++) {
            *list++ = inside && column >= 0 && column < w->input_w ? image + pixel : padding;
            pixel += w->dilation_w * w->input_c;
            column += w->dilation_w;
        }
        y += w->dilation_h;
    }
}

/** All channels of a position. */
static void position(const ecgp_depthwise_conv_helium_params *p, const int8_t *image, int32_t y, int32_t x,
                     void *scratch, int8_t *output)
{
    const ecgp_window *const w = &p->window;
    const int8_t **const list = scratch;
    const int32_t channels = w->input_c;
    int32_t c = 0;

    find(w, image, y, x, (const int8_t *)(list + w->kernel_h * w->kernel_w), list);
    for (; c + 16 <= channels; c += 16) {
        sixteen(p, list, c, output);
    }
    for (; c < channels; c += 4) {
        four(p, list, c <= channels - 4 ? c : channels - 4, output);
    }
}

/** The pixel of padding. */
static void prepare(const ecgp_window *w, void *scratch)
{
    memset((const int8_t **)scratch + w->kernel_h * w->kernel_w, (int)w->pad_value, (size_t)w->input_c);
}

#else

/** All channels of a position. */
static void position(const ecgp_depthwise_conv_helium_params *p, const int8_t *image, int32_t y, int32_t x,
                     void *scratch, int8_t *output)
{
    const ecgp_window *const w = &p->window;

    (void)scratch;
    for (int32_t c = 0; c < w->input_c; c++) {
        const int8_t *weight = p->weights + c;
        int32_t sum = p->requant.bias[c];

        for (int32_t ky = 0; ky < w->kernel_h; ky++) {
            for (int32_t kx = 0; kx < w->kernel_w; kx++) {
                const int32_t row = y + ky * w->dilation_h;
                const int32_t column = x + kx * w->dilation_w;
                const int inside = row >= 0 && row < w->input_h && column >= 0 && column < w->input_w;

                sum += *weight * (inside ? image[(row * w->input_w + column) * w->input_c + c] : w->pad_value);
                weight += w->input_c;
            }
        }
        ecgp_requantize(&p->requant, c, &sum, 1, output + c, 1);
    }
}

static void prepare(const ecgp_window *w, void *scratch)
{
    (void)w;
    (void)scratch;
}

#endif

void ecgp_depthwise_conv_helium_s8(const ecgp_depthwise_conv_helium_params *p, const int8_t *input, int8_t *output,
                                 void *scratch)
{
    const ecgp_window *const w = &p->window;

    ECGP_ASSERT(ecgp_window_is_valid(&p->window));
    ECGP_ASSERT(p->requant.per_channel == 1 && w->input_c >= 4);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, w->input_c, -31, 30));
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);

    prepare(w, scratch);
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
