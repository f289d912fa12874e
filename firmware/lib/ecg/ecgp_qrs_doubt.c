/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_doubt.c
 * @brief Which candidates of the QRS detector are held, and which are better; see ecgp_qrs_doubt.h.
 */
#include "ecgp_qrs_doubt.h"

#include "ecgp_qrs_levels.h"

#define LEAST_HEIGHT 40
#define NEARER 8

bool ecgp_qrs_is_low(const ecgp_qrs_candidate_t *one, uint32_t leads)
{
    bool low = true;
    uint32_t i;

    for (i = 0u; i < leads; i++) {
        low = low && one->lead[i].height < LEAST_HEIGHT;
    }
    return low;
}

bool ecgp_qrs_is_doubtful(const ecgp_qrs_candidate_t *one, uint32_t leads)
{
    int32_t distance = 0;
    uint32_t i;

    for (i = 0u; i < leads; i++) {
        distance += one->lead[i].distance;
    }
    return one->rises && distance > 0;
}

ECGP_COLD bool ecgp_qrs_is_better(const ecgp_qrs_candidate_t *one, const ecgp_qrs_candidate_t *held, uint32_t leads)
{
    int32_t nearer = 0;
    int32_t steeper = 0;
    uint32_t i;

    for (i = 0u; i < leads; i++) {
        nearer += held->lead[i].distance - one->lead[i].distance;
        steeper += ecgp_qrs_log(one->lead[i].slope) - ecgp_qrs_log(held->lead[i].slope);
    }
    return nearer > NEARER && steeper >= 0;
}
