/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_helium_s16.c
 * @brief See ecgp_conv_helium_s16.h, ecgp_helium_tiles.h for the fields of a tile, ecgp_helium.h for the sums.
 */
#include "ecgp_conv_helium_s16.h"

#include "ecgp_compiler.h"
#include "ecgp_helium.h"
#include "ecgp_helium_rescale_s16.h"
#include "ecgp_helium_tiles.h"

#if ECGP_HELIUM

/** The outputs of a tile's positions, four channels at a time. */
static void finish(const ecgp_helium_requant_s16 *r, const int32_t *sums, int32_t outputs, int32_t count, int16_t *output)
{
    const uint32x4_t apart = vmulq_n_u32(vidupq_n_u32(0, 1), 4u * ECGP_HELIUM_TILE);

    for (int32_t c = 0; c < outputs; c += 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)(outputs - c));
        int16_t *to = output + c;

        for (int32_t k = 0; k < count; k++) {
            const int32x4_t four = vldrwq_gather_offset_z_s32(sums + k, apart, valid);

            vstrhq_p_s32(to, ecgp_helium_four_s16(r, c, four), valid);
            to += outputs;
        }
        sums += 4 * ECGP_HELIUM_TILE;
    }
}

#else

static void finish(const ecgp_helium_requant_s16 *r, const int32_t *sums, int32_t outputs, int32_t count, int16_t *output)
{
    for (int32_t c = 0; c < outputs; c++) {
        for (int32_t k = 0; k < count; k++) {
            output[k * outputs + c] = ecgp_helium_one_s16(r, c, sums[k]);
        }
        sums += ECGP_HELIUM_TILE;
    }
}

#endif

void ecgp_conv_helium_s16(const ecgp_conv_helium_s16_params *p, const int16_t *input, int16_t *output, void *scratch)
{
    const ecgp_helium_conv *const c = &p->conv;
    const int8_t *const bytes = (const int8_t *)input;
    const int32_t taps = c->depth >> 1;
    int8_t *const copy = (int8_t *)((int32_t *)scratch + c->outputs * ECGP_HELIUM_TILE);

    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);
    ECGP_ASSERT(ecgp_window_is_valid(&c->window) && c->window.pad_value == 0 && c->pool == 1);
    ECGP_ASSERT(ecgp_helium_requant_s16_is_within(&p->requant, c->outputs));
    for (tile t = tile_first(c, bytes, (int8_t *)output); t.count != 0; tile_next(c, bytes, &t)) {
        const int8_t *const x = fields(c, &t, bytes, copy);
        const int8_t *weights = p->weights;

        for (int32_t at = 0; at < taps; at += ECGP_HELIUM_TAPS_S16) {
            ecgp_helium_taps_s16(x + 2 * at, c->step, weights, c->outputs, taps - at, at == 0, scratch);
            weights += c->outputs * ECGP_HELIUM_TAPS_S16;
        }
        finish(&p->requant, scratch, c->outputs, t.count, output + (t.row * t.width + t.first) * c->outputs);
    }
}
