/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_lead.c
 * @brief Candidates of the QRS detector in one lead; see ecgp_qrs_lead.h.
 */
#include "ecgp_qrs_lead.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_integers.h"

#define LARGEST 32767
#define HEIGHT_SHIFT 3u
#define SHAPE_FROM 6u /* samples of a shape before the R peak */
#define AFTER (ECGP_QRS_EARLY - ECGP_QRS_NEAR)
#define PEAKS (ECGP_QRS_EARLIEST - ECGP_QRS_LATEST + 1u)

/** Where the sample is in the rings that is `ago` before the one before `next`; 0 to ECGP_QRS_RING - 1. */
static uint32_t place(uint32_t next, uint32_t ago)
{
    return next > ago ? next - ago - 1u : next + ECGP_QRS_RING - ago - 1u;
}

ECGP_COLD void ecgp_qrs_lead_init(ecgp_qrs_lead_t *lead, int16_t low)
{
    uint32_t i;

    (void)memset(lead, 0, sizeof *lead);
    for (i = 0u; i < ECGP_QRS_RING; i++) {
        lead->low[i] = low;
    }
}

/** Takes `low` into the rings. Returns the new sum. */
static int32_t enter(ecgp_qrs_lead_t *lead, int16_t low)
{
    const uint32_t next = lead->next;
    const int32_t oldest = lead->difference[place(next, ECGP_QRS_SUM - 1u)];
    const int32_t lagged = low - lead->low[place(next, ECGP_QRS_LAG - 1u)];
    const int32_t lagged_1 = lead->lagged[0];
    const int32_t smooth = lagged + lagged_1 + lead->lagged[1];
    const int32_t smooth_1 = lead->smooth[0];
    const int32_t twice = ecgp_larger(ecgp_ssat16(smooth + smooth_1 + lead->smooth[1]), -LARGEST);

    lead->lagged[0] = lagged;
    lead->lagged[1] = lagged_1;
    lead->smooth[0] = smooth;
    lead->smooth[1] = smooth_1;
    lead->low[next] = low;
    lead->difference[next] = (int16_t)twice;
    lead->next = next + 1u < ECGP_QRS_RING ? next + 1u : 0u;
    lead->total += ecgp_size(twice) - ecgp_size(oldest);
    return lead->total;
}

ecgp_qrs_shown_t ecgp_qrs_lead_push(ecgp_qrs_lead_t *lead, int16_t low)
{
    const int32_t total = enter(lead, low);

    if (total > lead->greatest) {
        lead->greatest = total;
        lead->wait = ECGP_QRS_WAIT;
    } else if (lead->wait > 0u) {
        lead->wait--;
        if (lead->wait == ECGP_QRS_WAIT - ECGP_QRS_EARLY) {
            return ECGP_QRS_SHOWN_EARLY;
        }
        if (lead->wait == 0u) {
            lead->greatest = total;
            return ECGP_QRS_SHOWN_LATE;
        }
    } else {
        lead->greatest = total;
    }
    return ECGP_QRS_NOTHING;
}

/** Copies ring values in the order of time: `count` of them, the last one `ago` samples before the newest. */
static void copy(const ecgp_qrs_lead_t *lead, const int16_t *ring, uint32_t ago, uint32_t count, int16_t *out)
{
    const uint32_t from = place(lead->next, ago + count - 1u);

    if (from + count <= ECGP_QRS_RING) {
        (void)memcpy(out, &ring[from], count * sizeof *out);
    } else {
        const uint32_t first = ECGP_QRS_RING - from;

        (void)memcpy(out, &ring[from], first * sizeof *out);
        (void)memcpy(&out[first], ring, (count - first) * sizeof *out);
    }
}

/** The sum of the steepness of `count` samples. */
static int32_t sum(const int16_t *difference, uint32_t count)
{
    int32_t found = 0;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        found += ecgp_size(difference[i]);
    }
    return found;
}

static uint32_t after(uint32_t at) { return at + 1u < ECGP_QRS_RING ? at + 1u : 0u; }

/** Samples from the greatest sum within ECGP_QRS_NEAR of `ago` to the newest: the first of equals. */
static uint32_t nearest(const ecgp_qrs_lead_t *lead, uint32_t ago)
{
    uint32_t out = place(lead->next, ago + ECGP_QRS_NEAR + ECGP_QRS_SUM - 1u);
    uint32_t in = place(lead->next, ago + ECGP_QRS_NEAR - 1u);
    uint32_t at = ago + ECGP_QRS_NEAR;
    uint32_t found = at;
    int32_t total = 0;
    int32_t greatest = 0;

    while (at > ago - ECGP_QRS_NEAR) {
        at--;
        total += ecgp_size(lead->difference[in]) - ecgp_size(lead->difference[out]);
        if (total > greatest) {
            greatest = total;
            found = at;
        }
        in = after(in);
        out = after(out);
    }
    return found;
}

/** Which of PEAKS samples is the R peak: the one furthest from the mean of those about it, the first of equals. */
static uint32_t sharpest(const int16_t low[PEAKS + (2u * ECGP_QRS_SHARP)])
{
    const int16_t *from = low;
    uint32_t left_at_most = PEAKS;
    int32_t most = -1;
    uint32_t left;

    for (left = PEAKS; left > 0u; left--) {
        const int32_t sides = from[0] + from[2u * ECGP_QRS_SHARP];
        const int32_t sharp = ecgp_size((2 * from[ECGP_QRS_SHARP]) - sides);

        if (sharp > most) {
            most = sharp;
            left_at_most = left;
        }
        from++;
    }
    return PEAKS - left_at_most;
}

static int16_t as_height(int32_t total) { return (int16_t)ecgp_clipped(total >> HEIGHT_SHIFT, 0, LARGEST); }

ECGP_COLD void ecgp_qrs_lead_measure(const ecgp_qrs_lead_t *lead, uint32_t ago, bool own, ecgp_qrs_measure_t *found,
                           int16_t shape[ECGP_QRS_ROOM])
{
    const uint32_t at = own ? ago : nearest(lead, ago); /* samples from the greatest sum to the newest */
    uint32_t peak;
    int32_t height = 0;
    int32_t slope = 0;
    uint32_t i;

    copy(lead, lead->difference, at + ECGP_QRS_SUM, ECGP_QRS_SUM, shape);
    found->before = as_height(sum(shape, ECGP_QRS_SUM));
    copy(lead, lead->difference, at - AFTER, ECGP_QRS_SUM + AFTER, shape);
    for (i = 0u; i < ECGP_QRS_SUM; i++) {
        const int32_t steepness = ecgp_size(shape[i]);

        height += steepness;
        slope = ecgp_larger(slope, steepness);
    }
    found->height = as_height(height);
    found->slope = (int16_t)slope;
    found->after = as_height(sum(&shape[ECGP_QRS_SUM], AFTER));
    copy(lead, lead->low, at + ECGP_QRS_LATEST - ECGP_QRS_SHARP, PEAKS + (2u * ECGP_QRS_SHARP), shape);
    peak = at + ECGP_QRS_EARLIEST - sharpest(shape);
    copy(lead, lead->difference, peak + SHAPE_FROM + 1u - ECGP_QRS_SHAPE, ECGP_QRS_SHAPE, shape);
    found->distance = 0;
    found->back = (int8_t)((int32_t)peak - (int32_t)ago);
}
