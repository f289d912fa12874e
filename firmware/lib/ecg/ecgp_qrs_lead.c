/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_lead.c
 * @brief Candidates of the QRS detector in one lead; see ecgp_qrs_lead.h.
 */
#include "ecgp_qrs_lead.h"

#include <string.h>

#include "ecgp_integers.h"

#define LARGEST 32767
#define HEIGHT_SHIFT 3u

/** Where the sample is in the rings that goes `ago` before the next one; 1 to ECGP_QRS_RING. */
static uint32_t place(const ecgp_qrs_lead_t *lead, uint32_t ago)
{
    return lead->next >= ago ? lead->next - ago : lead->next + ECGP_QRS_RING - ago;
}

void ecgp_qrs_lead_init(ecgp_qrs_lead_t *lead) { (void)memset(lead, 0, sizeof *lead); }

/** Takes `low` into the rings and the sum. */
static void enter(ecgp_qrs_lead_t *lead, int16_t low)
{
    const int32_t difference = low - lead->low[place(lead, ECGP_QRS_LAG)];
    const int32_t smooth = difference + lead->difference[0] + lead->difference[1];
    const int32_t twice = smooth + lead->smooth[0] + lead->smooth[1];
    const int32_t steepness = ecgp_clipped(twice < 0 ? -twice : twice, 0, LARGEST);

    lead->difference[1] = lead->difference[0];
    lead->difference[0] = difference;
    lead->smooth[1] = lead->smooth[0];
    lead->smooth[0] = smooth;
    lead->total += steepness - lead->steepness[place(lead, ECGP_QRS_SUM)];
    lead->low[lead->next] = low;
    lead->steepness[lead->next] = (int16_t)steepness;
    lead->next = lead->next + 1u < ECGP_QRS_RING ? lead->next + 1u : 0u;
}

bool ecgp_qrs_lead_push(ecgp_qrs_lead_t *lead, int16_t low)
{
    bool found;
    uint32_t i;

    if (!lead->started) {
        for (i = 0u; i < ECGP_QRS_RING; i++) {
            lead->low[i] = low;
        }
        lead->started = true;
    }
    enter(lead, low);
    if (lead->total > lead->greatest) {
        lead->greatest = lead->total;
        lead->age = 0u;
        lead->waiting = true;
        return false;
    }
    lead->age++;
    if (lead->waiting && lead->age < ECGP_QRS_WAIT) {
        return false;
    }
    found = lead->waiting;
    lead->found = lead->greatest;
    lead->greatest = lead->total;
    lead->waiting = false;
    return found;
}

void ecgp_qrs_lead_measure(const ecgp_qrs_lead_t *lead, uint32_t now, ecgp_qrs_candidate_t *found)
{
    int32_t slope = 0;
    int32_t sharpest = -1;
    uint32_t ago;

    for (ago = 0u; ago < ECGP_QRS_SUM; ago++) {
        slope = ecgp_larger(slope, lead->steepness[place(lead, ECGP_QRS_WAIT + 1u + ago)]);
    }
    for (ago = ECGP_QRS_EARLIEST; ago >= ECGP_QRS_LATEST; ago--) {
        const uint32_t at = ECGP_QRS_WAIT + 1u + ago;
        const int32_t sides = lead->low[place(lead, at + ECGP_QRS_SHARP)] + lead->low[place(lead, at - ECGP_QRS_SHARP)];
        const int32_t sharp = (int32_t)ecgp_distance(2 * lead->low[place(lead, at)], sides);

        if (sharp > sharpest) {
            sharpest = sharp;
            found->back = (uint8_t)ago;
        }
    }
    found->at = now - ECGP_QRS_WAIT;
    found->height = (int16_t)ecgp_clipped(lead->found >> HEIGHT_SHIFT, 0, LARGEST);
    found->slope = (int16_t)slope;
}
