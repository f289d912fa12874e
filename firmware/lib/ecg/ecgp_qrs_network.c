/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_network.c
 * @brief The network of the QRS detector; see ecgp_qrs_network.h.
 */
#include "ecgp_qrs_network.h"

#include "ecgp_compiler.h"
#include "ecgp_qrs_levels.h"
#include "ecgp_qrs_network_parts.h"

#define SHIFT 5u

/** Both layers: what a hidden unit gives is used as soon as it is known. `sum` is the output's bias. */
static ECGP_NOINLINE int32_t score(const int32_t *features, uint32_t count, const int8_t *weight, const int16_t *bias, const int8_t *out,
                     int32_t sum)
{
    uint32_t unit;
    uint32_t i;

    for (unit = 0u; unit < HIDDEN; unit++) {
        const int8_t *row = &weight[unit * count];
        int32_t given = bias[unit];

        for (i = 0u; i < count; i++) {
            given += features[i] * row[i];
        }
        sum += given > 0 ? (given >> SHIFT) * out[unit] : 0;
    }
    return sum;
}

int32_t ecgp_qrs_network(const int32_t *features, uint32_t leads)
{
#if ECGP_QRS_LEADS > 1
    if (leads > 1u) {
        return score(features, ECGP_QRS_FEATURES(2u), WEIGHT_2, BIAS_2, OUT_2, OUT_BIAS_2);
    }
#else
    (void)leads;
#endif
    return score(features, ECGP_QRS_FEATURES(1u), WEIGHT_1, BIAS_1, OUT_1, OUT_BIAS_1);
}
