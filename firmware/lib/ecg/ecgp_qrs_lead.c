/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_lead.c
 * @brief Candidates of the QRS detector in one lead; see ecgp_qrs_lead.h.
 */
#include "ecgp_qrs_lead.h"

#include <string.h>

#define LARGEST 32767
#define HEIGHT_SHIFT 3u
#define SHAPE_FROM 6u /* samples of a shape before the R peak */
#define AFTER (ECGP_QRS_EARLY - ECGP_QRS_NEAR)
#define PEAKS (ECGP_QRS_EARLIEST - ECGP_QRS_LATEST + 1u)

ECGP_COLD void ecgp_qrs_lead_init(ecgp_qrs_lead_t *lead, int16_t low)
{
    uint32_t i;

    (void)memset(lead, 0, sizeof *lead);
    for (i = 0u; i < ECGP_QRS_LAG; i++) {
        lead->last[i] = low;
    }
}

/** Copies values of a ring of `size` from the place `from` on. */
static ECGP_COLD void copy(const int16_t *ring, uint32_t size, uint32_t from, uint32_t count, int16_t *out)
{
    const uint32_t left = size - from;
    const uint32_t first = count < left ? count : left;

    (void)memcpy(out, &ring[from], first * sizeof *out);
    (void)memcpy(&out[first], ring, (count - first) * sizeof *out);
}

/** Copies `count` differences in the order of time, the last one `ago` samples before the newest. */
static ECGP_NOINLINE void differences(const ecgp_qrs_lead_t *lead, uint32_t ago, uint32_t count, int16_t *out)
{
    copy(lead->difference, ECGP_QRS_RING, ecgp_qrs_place(lead->next, ago + count - 1u), count, out);
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
    uint32_t out = ecgp_qrs_place(lead->next, ago + ECGP_QRS_NEAR + ECGP_QRS_SUM - 1u);
    uint32_t in = ecgp_qrs_place(lead->next, ago + ECGP_QRS_NEAR - 1u);
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

void ecgp_qrs_lead_measure(const ecgp_qrs_lead_t *lead, const int16_t *low, uint32_t newest, uint32_t ago, bool own,
                           ecgp_qrs_measure_t *found, int16_t shape[ECGP_QRS_ROOM])
{
    const uint32_t at = own ? ago : nearest(lead, ago); /* samples from the greatest sum to the newest */
    uint32_t peak;
    int32_t height = 0;
    int32_t slope = 0;
    uint32_t i;

    differences(lead, at + ECGP_QRS_SUM, ECGP_QRS_SUM, shape);
    found->before = as_height(sum(shape, ECGP_QRS_SUM));
    differences(lead, at - AFTER, ECGP_QRS_SUM + AFTER, shape);
    for (i = 0u; i < ECGP_QRS_SUM; i++) {
        const int32_t steepness = ecgp_size(shape[i]);

        height += steepness;
        slope = ecgp_larger(slope, steepness);
    }
    found->height = as_height(height);
    found->slope = (int16_t)slope;
    found->after = as_height(sum(&shape[ECGP_QRS_SUM], AFTER));
    copy(low, ECGP_FILTER_KEPT, ecgp_filter_place(newest, at + ECGP_QRS_EARLIEST + ECGP_QRS_SHARP),
         PEAKS + (2u * ECGP_QRS_SHARP), shape);
    peak = at + ECGP_QRS_EARLIEST - sharpest(shape);
    differences(lead, peak + SHAPE_FROM + 1u - ECGP_QRS_SHAPE, ECGP_QRS_SHAPE, shape);
    found->distance = 0;
    found->back = (int8_t)((int32_t)peak - (int32_t)ago);
}
