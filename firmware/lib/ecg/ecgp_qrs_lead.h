/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_lead.h
 * @brief Candidates of the QRS detector: where the steepness of a lead, summed over 111 ms, is greatest.
 *
 * Bit for bit what ecgprune/ecg/qrs_candidates.py does, which says how it works. No heap, no globals, no division, and
 * all arithmetic in 32 bits, whatever the samples are. Most callers take ecgp_qrs.h instead, which calls this.
 */
#ifndef ECGP_QRS_LEAD_H
#define ECGP_QRS_LEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_compiler.h"
#include "ecgp_filter.h"
#include "ecgp_integers.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_QRS_LAG 4u       /**< samples of the difference */
#define ECGP_QRS_SUM 20u      /**< samples whose steepness is summed: 111 ms */
#define ECGP_QRS_EARLY 24u    /**< samples after which a greatest sum is shown early: 133 ms */
#define ECGP_QRS_WAIT 34u     /**< samples after which a greatest sum is a candidate for good: 189 ms */
#define ECGP_QRS_NEAR 10u     /**< samples to either side in which another lead's greatest sum is looked for: 56 ms */
#define ECGP_QRS_EARLIEST 26u /**< samples before the greatest sum from which on the R peak is looked for */
#define ECGP_QRS_LATEST 6u    /**< samples before the greatest sum up to which the R peak is looked for */
#define ECGP_QRS_SHARP 6u     /**< samples to either side that an R peak is set against */
#define ECGP_QRS_SHAPE 20u    /**< samples of a shape */
#define ECGP_QRS_ROOM 34u     /**< samples that there is room for where a shape comes */
#define ECGP_QRS_BEFORE 49u   /**< samples before the greatest sum that a candidate takes */
#define ECGP_QRS_RING (ECGP_QRS_BEFORE + ECGP_QRS_WAIT + 1u) /**< differences remembered */

#if (ECGP_QRS_BEFORE + ECGP_QRS_WAIT + 1u) % ECGP_QRS_LAG != 0
#error "the ring of differences and that of the last samples end together: its size must be a multiple"
#endif

/** What one lead is like at a candidate. */
typedef struct {
    int16_t height;   /**< its greatest sum / 8, at most 32767; a QRS complex of 1 mV has about 2500 */
    int16_t slope;    /**< greatest steepness among the samples of that sum, at most 32767 */
    int16_t before;   /**< sum of the steepness of the ECGP_QRS_SUM samples before those / 8, at most 32767 */
    int16_t after;    /**< sum of the steepness of the 14 samples after the greatest sum / 8, at most 32767 */
    int8_t distance;  /**< of the shape from the template of the lead; ecgp_qrs.c's own */
    int8_t back;      /**< the R peak, were it a beat, is so many samples before the candidate */
} ecgp_qrs_measure_t;

/** What a sample brings. */
typedef enum {
    ECGP_QRS_NOTHING = 0, /**< no candidate */
    ECGP_QRS_SHOWN_EARLY, /**< the sample ECGP_QRS_EARLY before this one is a candidate, for now */
    ECGP_QRS_SHOWN_LATE   /**< the sample ECGP_QRS_WAIT before this one is a candidate, for good */
} ecgp_qrs_shown_t;

/** One lead. The fields are its functions' own. */
typedef struct {
    uint32_t next;                     /**< where the next difference goes */
    uint32_t wait;                     /**< samples until the greatest sum is a candidate for good; 0: none is waited for */
    int32_t lagged[2];                 /**< the last two differences before smoothing */
    int32_t smooth[2];                 /**< the last two of their sums over 3 samples */
    int32_t total;                     /**< sum of the steepness */
    int32_t greatest;                  /**< the greatest sum while one is waited for, or else the last */
    int16_t last[ECGP_QRS_LAG];        /**< the last samples, a ring */
    int16_t difference[ECGP_QRS_RING]; /**< differences, smoothed, a ring */
} ecgp_qrs_lead_t;

/**
 * @brief Begins anew: `low` counts for all samples before the first.
 *
 * @param lead  the state
 * @param low   the first sample, which ecgp_qrs_lead_push() is still to take in
 */
void ecgp_qrs_lead_init(ecgp_qrs_lead_t *lead, int16_t low);

/** @brief Where the difference is that is `ago` before the one before `next`; 0 to ECGP_QRS_RING - 1. */
static inline uint32_t ecgp_qrs_place(uint32_t next, uint32_t ago)
{
    const int32_t place = (int32_t)next - (int32_t)ago - 1;

    return (uint32_t)(place < 0 ? place + (int32_t)ECGP_QRS_RING : place);
}

/** @brief Takes in `low`. Returns the new sum. */
static inline int32_t ecgp_qrs_lead_enter(ecgp_qrs_lead_t *lead, int16_t low)
{
    const uint32_t next = lead->next;
    const int32_t oldest = lead->difference[ecgp_qrs_place(next, ECGP_QRS_SUM - 1u)];
    const int32_t lagged_1 = lead->lagged[0];
    const int32_t lagged_2 = lead->lagged[1];
    const int32_t smooth_1 = lead->smooth[0];
    const int32_t smooth_2 = lead->smooth[1];
    const int32_t lagged = low - lead->last[next % ECGP_QRS_LAG];
    const int32_t smooth = lagged + lagged_1 + lagged_2;
    const int32_t twice = smooth + smooth_1 + smooth_2;
    const int32_t sign = twice < 0 ? -1 : 0;
    const int32_t steepness = ecgp_clipped((twice ^ sign) - sign, 0, INT16_MAX);

    lead->lagged[0] = lagged;
    lead->lagged[1] = lagged_1;
    lead->smooth[0] = smooth;
    lead->smooth[1] = smooth_1;
    lead->last[next % ECGP_QRS_LAG] = low;
    lead->difference[next] = (int16_t)((steepness ^ sign) - sign);
    lead->next = next + 1u < ECGP_QRS_RING ? next + 1u : 0u;
    lead->total += steepness - ecgp_size(oldest);
    return lead->total;
}

/**
 * @brief Takes in one sample. Inline: it is called in one place, for each sample.
 *
 * @param lead  the state
 * @param low   the low-passed sample, in units of 5 uV, any value
 * @return whether a candidate is shown with it
 */
static inline ecgp_qrs_shown_t ecgp_qrs_lead_push(ecgp_qrs_lead_t *lead, int16_t low)
{
    const int32_t total = ecgp_qrs_lead_enter(lead, low);
    ecgp_qrs_shown_t shown = ECGP_QRS_NOTHING;

    if (total > lead->greatest) {
        lead->greatest = total;
        lead->wait = ECGP_QRS_WAIT;
    } else if (lead->wait > 0u) {
        lead->wait--;
        if (lead->wait == ECGP_QRS_WAIT - ECGP_QRS_EARLY) {
            shown = ECGP_QRS_SHOWN_EARLY;
        } else if (lead->wait == 0u) {
            lead->greatest = total;
            shown = ECGP_QRS_SHOWN_LATE;
        } else {
            /* It is still waited for. */
        }
    } else {
        lead->greatest = total;
    }
    return shown;
}

/**
 * @brief Measures a lead at a candidate, its own or another lead's.
 *
 * @param lead    the state
 * @param low     the ECGP_FILTER_KEPT samples that the lead's filter keeps
 * @param newest  where the one that ecgp_qrs_lead_push() took last has its place there
 * @param ago     the candidate is so many samples before the newest: ECGP_QRS_EARLY or ECGP_QRS_WAIT
 * @param own     whether it is of this lead. If not, the greatest sum within ECGP_QRS_NEAR samples takes its place
 * @param found   what the lead is like, without `distance`
 * @param shape   ECGP_QRS_SHAPE differences about the R peak. What is behind them is overwritten
 */
void ecgp_qrs_lead_measure(const ecgp_qrs_lead_t *lead, const int16_t *low, uint32_t newest, uint32_t ago, bool own,
                           ecgp_qrs_measure_t *found, int16_t shape[ECGP_QRS_ROOM]);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_QRS_LEAD_H */
