/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_network.c
 * @brief The network of the QRS detector; see ecgp_qrs_network.h.
 */
#include "ecgp_qrs_network.h"

#include "ecgp_qrs_levels.h"
#include "ecgp_qrs_network_parts.h"

#define SHIFT 5u

/** A trained network. */
typedef struct {
    const int8_t *weight; /**< of the hidden layer, a row for each unit */
    const int16_t *bias;  /**< of its units */
    const int8_t *out;    /**< weights of the output */
    int32_t out_bias;     /**< its bias */
} network;

/** For one lead, and for two. */
static const network NETWORKS[ECGP_QRS_LEADS] = {
    {WEIGHT_1, BIAS_1, OUT_1, OUT_BIAS_1},
#if ECGP_QRS_LEADS > 1
    {WEIGHT_2, BIAS_2, OUT_2, OUT_BIAS_2},
#endif
};

/* Both layers: what a hidden unit gives is used as soon as it is known. */
int32_t ecgp_qrs_network(const int32_t *features, uint32_t leads)
{
    const network *of = &NETWORKS[leads - 1u];
    const uint32_t count = ECGP_QRS_FEATURES(leads);
    const int8_t *weight = of->weight;
    int32_t sum = of->out_bias;
    uint32_t unit;
    uint32_t i;

    for (unit = 0u; unit < HIDDEN; unit++) {
        int32_t given = of->bias[unit];

        for (i = 0u; i < count; i++) {
            given += features[i] * weight[i];
        }
        weight = &weight[count];
        sum += given > 0 ? (given >> SHIFT) * of->out[unit] : 0;
    }
    return sum;
}
