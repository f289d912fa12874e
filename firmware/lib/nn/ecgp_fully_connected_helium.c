/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_helium.c
 * @brief See ecgp_fully_connected_helium.h, ecgp_helium.h for sums by VMLADAVA, ecgp_helium_rescale.h for the rounding.
 *
 * 16 inputs are loaded once and multiplied with the weights of four outputs: 64 products take ten instructions. The last
 * four outputs are moved back to end with the row; those they share with the four before are computed again.
 */
#include "ecgp_fully_connected_helium.h"

#include "ecgp_compiler.h"
#include "ecgp_helium_rescale.h"

/** Outputs that share one load of inputs. */
#define OUTPUTS 4

#if ECGP_HELIUM

/** Outputs c to c + 3, of which `count` exist. */
static inline void four(const ecgp_fully_connected_helium_params *p, const int8_t *input, int32_t c, int32_t count,
                        int8_t *output)
{
    const ecgp_requant *const q = &p->requant;
    int32_t sums[OUTPUTS];
    int32x4_t value;

    ecgp_helium_rows(input, p->weights + c * p->depth, p->depth, sums);
    value = ecgp_helium_four(q, c, vldrwq_s32(sums));
    vstrbq_p_s32(output + c, value, vctp32q((uint32_t)count));
}

#else

/** Outputs c to c + 3, of which `count` exist. */
static void four(const ecgp_fully_connected_helium_params *p, const int8_t *input, int32_t c, int32_t count,
                 int8_t *output)
{
    const int8_t *w = p->weights + c * p->depth;

    for (int32_t k = 0; k < count; k++) {
        int32_t sum = p->requant.bias[c + k];

        for (int32_t i = 0; i < p->depth; i++) {
            sum += *w++ * input[i];
        }
        ecgp_requantize(&p->requant, c + k, &sum, 1, output + c + k, 1);
    }
}

#endif

void ecgp_fully_connected_helium_s8(const ecgp_fully_connected_helium_params *p, const int8_t *input, int8_t *output)
{
    const int32_t count = p->outputs < OUTPUTS ? p->outputs : OUTPUTS;

    ECGP_ASSERT(p->rows >= 1 && p->depth >= 1 && p->outputs >= 1);
    ECGP_ASSERT(p->requant.per_channel == 1);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -31, 30));

    for (int32_t row = 0; row < p->rows; row++) {
        for (int32_t c = 0; c < p->outputs; c += OUTPUTS) {
            four(p, input, c <= p->outputs - count ? c : p->outputs - count, count, output);
        }
        input += p->depth;
        output += p->outputs;
    }
}
