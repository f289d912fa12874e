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
#define SHAPE_FROM 6u /* samples of a shape before the R peak */
#define AFTER (ECGP_QRS_EARLY - ECGP_QRS_NEAR)

/** Where the sample is in the rings that is `ago` before the newest; 0 to ECGP_QRS_RING - 1. */
static uint32_t place(const ecgp_qrs_lead_t *lead, uint32_t ago)
{
    return lead->next > ago ? lead->next - ago - 1u : lead->next + ECGP_QRS_RING - ago - 1u;
}

static int32_t size(int32_t x) { return x < 0 ? -x : x; }

static int32_t steepness(const ecgp_qrs_lead_t *lead, uint32_t ago) { return size(lead->difference[place(lead, ago)]); }

void ecgp_qrs_lead_init(ecgp_qrs_lead_t *lead) { (void)memset(lead, 0, sizeof *lead); }

/** Takes `low` into the rings and the sum. */
static void enter(ecgp_qrs_lead_t *lead, int16_t low)
{
    const int32_t lagged = low - lead->low[place(lead, ECGP_QRS_LAG - 1u)];
    const int32_t smooth = lagged + lead->lagged[0] + lead->lagged[1];
    const int32_t twice = ecgp_clipped(smooth + lead->smooth[0] + lead->smooth[1], -LARGEST, LARGEST);

    lead->lagged[1] = lead->lagged[0];
    lead->lagged[0] = lagged;
    lead->smooth[1] = lead->smooth[0];
    lead->smooth[0] = smooth;
    lead->total += size(twice) - steepness(lead, ECGP_QRS_SUM - 1u);
    lead->low[lead->next] = low;
    lead->difference[lead->next] = (int16_t)twice;
    lead->next = lead->next + 1u < ECGP_QRS_RING ? lead->next + 1u : 0u;
}

ecgp_qrs_shown_t ecgp_qrs_lead_push(ecgp_qrs_lead_t *lead, int16_t low)
{
    ecgp_qrs_shown_t shown = ECGP_QRS_NOTHING;
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
    } else if (lead->waiting) {
        lead->age++;
        if (lead->age == ECGP_QRS_EARLY) {
            shown = ECGP_QRS_SHOWN_EARLY;
        } else if (lead->age == ECGP_QRS_WAIT) {
            shown = ECGP_QRS_SHOWN_LATE;
            lead->waiting = false;
            lead->greatest = lead->total;
        } else {
            /* not yet */
        }
    } else {
        lead->greatest = lead->total;
    }
    return shown;
}

/** The sum of the steepness of `count` samples, the newest of them `ago` before the newest of all. */
static int32_t sum(const ecgp_qrs_lead_t *lead, uint32_t ago, uint32_t count)
{
    int32_t found = 0;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        found += steepness(lead, ago + i);
    }
    return found;
}

/** Samples from the greatest sum within ECGP_QRS_NEAR of `ago` to the newest: the first of equals. */
static uint32_t nearest(const ecgp_qrs_lead_t *lead, uint32_t ago)
{
    uint32_t at = ago + ECGP_QRS_NEAR;
    uint32_t found = at;
    int32_t total = sum(lead, at, ECGP_QRS_SUM);
    int32_t greatest = total;

    while (at > ago - ECGP_QRS_NEAR) {
        at--;
        total += steepness(lead, at) - steepness(lead, at + ECGP_QRS_SUM);
        if (total > greatest) {
            greatest = total;
            found = at;
        }
    }
    return found;
}

/** Samples from the R peak to the newest: the sample furthest from the mean of those about it, the first of equals. */
static uint32_t sharpest(const ecgp_qrs_lead_t *lead, uint32_t ago)
{
    uint32_t found = ago + ECGP_QRS_EARLIEST;
    int32_t most = -1;
    uint32_t at;

    for (at = found; at >= ago + ECGP_QRS_LATEST; at--) {
        const int32_t sides = lead->low[place(lead, at + ECGP_QRS_SHARP)] + lead->low[place(lead, at - ECGP_QRS_SHARP)];
        const int32_t sharp = size((2 * lead->low[place(lead, at)]) - sides);

        if (sharp > most) {
            most = sharp;
            found = at;
        }
    }
    return found;
}

static int16_t as_height(int32_t total) { return (int16_t)ecgp_clipped(total >> HEIGHT_SHIFT, 0, LARGEST); }

void ecgp_qrs_lead_measure(const ecgp_qrs_lead_t *lead, uint32_t ago, bool own, ecgp_qrs_measure_t *found,
                           int16_t shape[ECGP_QRS_SHAPE])
{
    const uint32_t at = own ? ago : nearest(lead, ago);
    const uint32_t peak = sharpest(lead, at);
    int32_t slope = 0;
    uint32_t i;

    for (i = 0u; i < ECGP_QRS_SUM; i++) {
        slope = ecgp_larger(slope, steepness(lead, at + i));
    }
    for (i = 0u; i < ECGP_QRS_SHAPE; i++) {
        shape[i] = lead->difference[place(lead, peak + SHAPE_FROM - i)];
    }
    found->height = as_height(sum(lead, at, ECGP_QRS_SUM));
    found->slope = (int16_t)slope;
    found->before = as_height(sum(lead, at + ECGP_QRS_SUM, ECGP_QRS_SUM));
    found->after = as_height(sum(lead, at - AFTER, AFTER));
    found->distance = 0;
    found->back = (int8_t)((int32_t)peak - (int32_t)ago);
}
