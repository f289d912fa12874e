/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_sparse_planes.c
 * @brief See ecgp_conv_sparse_planes.h. Every lane of a vector is a position.
 *
 * The pixels that a tile of positions reads are copied first, transposed: a plane for each input channel, so that what a
 * weight multiplies lies side by side. The last tile of a row is moved back to end with it; what it shares with the tile
 * before is computed again. In a row shorter than a tile, positions behind its end are computed and not written.
 */
#include "ecgp_conv_sparse_planes.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_helium.h"

#if ECGP_HELIUM && ECGP_ASSEMBLY && ECGP_OPTIMIZED

#include "ecgp_planes_asm.h"

/** A pixel to byte `column` of the planes. */
static inline void spread(const int8_t *pixel, int32_t channels, int32_t pitch, int8_t *to)
{
    const uint16x8_t offsets = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)pitch);

    for (; channels > 0; channels -= 8) {
        const mve_pred16_t some = vctp16q((uint32_t)channels);

        vstrbq_scatter_offset_p_s16(to, offsets, vldrbq_z_s16(pixel, some), some);
        pixel += 8;
        to += 8 * pitch;
    }
}

/** Where the outputs of `count` positions go. */
static ecgp_planes_places place(const ecgp_conv_sparse_planes_params *p, int32_t count)
{
    const int32_t step = p->pool == 2 ? p->outputs : 2 * p->outputs;
    ecgp_planes_places places;

    for (int32_t i = 0; i < 6; i++) {
        const int32_t left = p->pool == 2 ? count / 2 - 4 * i : (count + 1 - i % 2 - i / 2 * 8) / 2;

        places.counts[i] = left < 0 ? 0 : left > 4 ? 4 : left;
    }
    for (int32_t i = 0; i < 4; i++) {
        places.offsets[i] = (uint32_t)(i * step);
    }
    places.odd = p->outputs;
    places.step = p->pool == 2 ? 4 * step : 4 * step - p->outputs;
    return places;
}

/** All outputs of a tile: of `count` positions, 1 to ECGP_PLANES_TILE. */
static void channels(const ecgp_conv_sparse_planes_params *p, const int8_t *planes, int32_t count, int8_t *output)
{
    const ecgp_planes_places places = place(p, count);
    const int32_t *entries = p->entries;

    for (int32_t c = 0; c < p->outputs; c++) {
        const int32_t bias = p->requant.bias[c];
        const int16x8_t low = vdupq_n_s16((int16_t)(bias & 255));
        const int16x8_t high = vdupq_n_s16((int16_t)(bias >> 8));
        ecgp_planes_sums sums = {{low, low, low}, {high, high, high}};

        entries = ecgp_planes_groups(planes, entries, p->counts + 2 * c, &sums);
        ecgp_planes_finish(&p->requant, c, &places, p->pool, &sums, output + c);
    }
}

#else

/** A pixel to byte `column` of the planes. */
static inline void spread(const int8_t *pixel, int32_t channels, int32_t pitch, int8_t *to)
{
    for (int32_t c = 0; c < channels; c++) {
        to[c * pitch] = pixel[c];
    }
}

/** All outputs of a tile: of `count` positions, 1 to ECGP_PLANES_TILE. */
static void channels(const ecgp_conv_sparse_planes_params *p, const int8_t *planes, int32_t count, int8_t *output)
{
    const int32_t *entries = p->entries;

    for (int32_t c = 0; c < p->outputs; c++) {
        const int32_t *const end = entries + 3 * p->counts[2 * c] + 2 * p->counts[2 * c + 1];
        int32_t values[ECGP_PLANES_TILE];

        for (int32_t k = 0; k < count; k++) {
            const int32_t at = k / p->pool;
            int32_t sum = p->requant.bias[c];

            for (const int32_t *entry = entries; entry != end; entry++) {
                sum += (int16_t)(*entry & 65535) * planes[((uint32_t)*entry >> 16) + (uint32_t)k];
            }
            values[at] = k % p->pool == 0 || sum > values[at] ? sum : values[at];
        }
        ecgp_requantize(&p->requant, c, values, count / p->pool, output + c, p->outputs);
        entries = end;
    }
}

#endif

/** Copies the pixels that the positions from `first` on of a row read, padding where the row has none. */
static void copy(const ecgp_conv_sparse_planes_params *p, const int8_t *line, int32_t first, int8_t *planes)
{
    const ecgp_window *const w = &p->window;
    const int32_t columns = ECGP_PLANES_TILE + (w->kernel_w - 1) * w->dilation_w;
    int32_t x = first - w->pad_left;

    if (x < 0 || x + columns > w->input_w) {
        memset(planes, (int)w->pad_value, (size_t)(p->pitch * w->input_c));
    }
    for (int32_t column = 0; column < columns; column++) {
        if (x >= 0 && x < w->input_w) {
            spread(line + x * w->input_c, w->input_c, p->pitch, planes + column);
        }
        x++;
    }
}

/** The positions of an output row. */
static void row(const ecgp_conv_sparse_planes_params *p, const int8_t *line, int8_t *output, int8_t *planes)
{
    const int32_t width = p->window.output_w;
    const int32_t count = width < ECGP_PLANES_TILE ? width : ECGP_PLANES_TILE;

    for (int32_t x = 0; x < width; x += ECGP_PLANES_TILE) {
        const int32_t first = x < width - count ? x : width - count;

        copy(p, line, first, planes);
        channels(p, planes, count, output + first / p->pool * p->outputs);
    }
}

void ecgp_conv_sparse_planes_s8(const ecgp_conv_sparse_planes_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_window *const w = &p->window;

    ECGP_ASSERT(ecgp_window_is_valid(w) && w->kernel_h == 1 && w->stride_w == 1);
    ECGP_ASSERT(p->requant.per_channel == 1 && ecgp_requant_is_within(&p->requant, p->outputs, -31, -1));
    ECGP_ASSERT(p->pool == 1 || (p->pool == 2 && w->output_w % 2 == 0));
    ECGP_ASSERT(p->pitch >= ECGP_PLANES_TILE + (w->kernel_w - 1) * w->dilation_w && p->pitch * w->input_c <= 65536);

    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            row(p, input + y * w->stride_h * w->input_w * w->input_c, output, scratch);
            output += w->output_w / p->pool * p->outputs;
        }
        input += w->input_h * w->input_w * w->input_c;
    }
}
