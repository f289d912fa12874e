/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_helium_s16.c
 * @brief As ecgp_fully_connected_helium.c: four outputs share the loads of eight inputs; the last four are moved back.
 */
#include "ecgp_fully_connected_helium_s16.h"

#include "ecgp_compiler.h"

/** Outputs that share one load of inputs. */
#define OUTPUTS 4

#if ECGP_HELIUM

/** Outputs c to c + 3, of which `count` exist. */
static inline void four(const ecgp_fully_connected_helium_s16_params *p, const int16_t *input, int32_t c, int32_t count,
                        int16_t *output)
{
    int32_t sums[OUTPUTS];

    ecgp_helium_rows_s16(input, p->weights + c * p->depth, p->depth, sums);
    vstrhq_p_s32(output + c, ecgp_helium_four_s16(&p->requant, c, vldrwq_s32(sums)), vctp32q((uint32_t)count));
}

#else

/** Outputs c to c + 3, of which `count` exist. */
static void four(const ecgp_fully_connected_helium_s16_params *p, const int16_t *input, int32_t c, int32_t count,
                 int16_t *output)
{
    const int8_t *w = p->weights + c * p->depth;

    for (int32_t k = c; k < c + count; k++) {
        int32_t sum = 0;

        for (int32_t i = 0; i < p->depth; i++) {
            sum += *w++ * input[i];
        }
        output[k] = ecgp_helium_one_s16(&p->requant, k, sum);
    }
}

#endif

void ecgp_fully_connected_helium_s16(const ecgp_fully_connected_helium_s16_params *p, const int16_t *input,
                                     int16_t *output)
{
    const int32_t count = p->outputs < OUTPUTS ? p->outputs : OUTPUTS;

    ECGP_ASSERT(p->rows >= 1 && p->depth >= 1 && p->outputs >= 1);
    ECGP_ASSERT(ecgp_helium_requant_s16_is_within(&p->requant, p->outputs));
    for (int32_t row = 0; row < p->rows; row++) {
        for (int32_t c = 0; c < p->outputs; c += OUTPUTS) {
            four(p, input, c <= p->outputs - count ? c : p->outputs - count, count, output);
        }
        input += p->depth;
        output += p->outputs;
    }
}
