/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs.h
 * @brief QRS detector: from one or two low-passed leads at 180 Hz to R peaks, causal, in 32-bit integers.
 *
 * Bit for bit what ecgprune/ecg/qrs.py does, which says how it works. It reads the low-passed samples that
 * the leads' filters keep. No heap, no globals, no division: the caller owns the state.
 */
#ifndef ECGP_QRS_H
#define ECGP_QRS_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_filter.h"
#include "ecgp_qrs_lead.h"
#include "ecgp_qrs_levels.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_QRS_LEARN 360u /**< samples before the first beat is told: 2 s */
#define ECGP_QRS_LEARNED 12u /**< most candidates that are learned from */
#define ECGP_QRS_QUEUE 16u /**< candidates that may wait: those learned from, and what comes while they are gone through */

/** One beat, and what tells of the signal's quality. Arrays have a value for each lead. */
typedef struct {
    uint32_t sample;                /**< of the R peak, at 180 Hz, counted from the first sample after ecgp_qrs_init() */
    uint32_t late;                  /**< samples from there to the newest one, with which it was found */
    uint32_t rejected;              /**< candidates that were no beats since the beat before was found */
    int16_t height[ECGP_QRS_LEADS]; /**< sum of the steepness, 0 to 32767; a QRS complex of 1 mV has about 2500 */
    int16_t slope[ECGP_QRS_LEADS];  /**< greatest steepness, 0 to 32767; a QRS complex of 1 mV has about 1500 */
    int16_t noise[ECGP_QRS_LEADS];  /**< median height of the last candidates that were no beats */
    bool search_back;               /**< whether a search back found it: later than usual */
} ecgp_qrs_beat_t;

/** The detector. The fields are its functions' own. */
typedef struct {
    uint8_t leads;                                  /**< 1 to ECGP_QRS_LEADS */
    uint8_t queue_from;                             /**< the first one in the queue */
    uint8_t queue_count;                            /**< how many are in it */
    bool learned;                                   /**< whether the levels are known */
    bool has_best;                                  /**< whether `best` is one */
    bool holds;                                     /**< whether `best` is held: a beat, unless a better one follows */
    uint32_t now;                                   /**< number of the newest sample; one less than 0: none has come */
    uint32_t peak;                                  /**< the last R peak */
    uint32_t search_after;                          /**< samples after the last beat before a search back */
    uint32_t last_late;                             /**< `at` of the newest candidate for good, or long ago */
    int32_t best_score;                             /**< of `best` */
    ecgp_qrs_candidate_t best;                      /**< the candidate that is held, or that a search back would take */
    ecgp_qrs_levels_t levels;                       /**< what candidates are set against */
    ecgp_qrs_lead_t lead[ECGP_QRS_LEADS];           /**< what makes candidates */
    ecgp_qrs_candidate_t queue[ECGP_QRS_QUEUE];     /**< candidates that are yet to be decided on, a ring */
    int16_t shape[ECGP_QRS_LEADS][ECGP_QRS_ROOM];   /**< of the newest candidate */
} ecgp_qrs_t;

/**
 * @brief Begins anew: a new patient, or a gap in the samples.
 *
 * @param qrs    the state
 * @param leads  how many, 1 to ECGP_QRS_LEADS
 * @return false: there are no leads, or too many, and the detector must not be used
 */
bool ecgp_qrs_init(ecgp_qrs_t *qrs, uint32_t leads);

/**
 * @brief Takes in one low-passed sample of each lead.
 *
 * Beats come in the order of time, 200 ms apart or more by the steepest parts of their QRS complexes. The first ones
 * come after ECGP_QRS_LEARN samples, one with each sample. A beat comes some 45 samples after its R peak. A search back
 * comes after 1.25 median RR intervals without a beat, or later.
 *
 * @param qrs     the state
 * @param filter  of each lead, an array: all have been given as many samples, and have given an output
 * @param ago     the output to take in is so many before the newest, 0 to ECGP_FILTER_MOST - 1; each is taken in once
 * @param beat    written where the result is true
 * @return whether a beat was found
 */
bool ecgp_qrs_push(ecgp_qrs_t *qrs, const ecgp_filter_t *filter, uint32_t ago, ecgp_qrs_beat_t *beat);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_QRS_H */
