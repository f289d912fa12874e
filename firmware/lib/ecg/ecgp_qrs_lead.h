/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_lead.h
 * @brief Candidates of the QRS detector in one lead: where the steepness of the signal, summed over 111 ms, is greatest.
 *
 * Bit for bit what ecgprune/ecg/qrs_candidates.py does, which says how it works. No heap, no globals, no division, and
 * all arithmetic in 32 bits, whatever the samples are. Most callers take ecgp_qrs.h instead, which calls this.
 */
#ifndef ECGP_QRS_LEAD_H
#define ECGP_QRS_LEAD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_QRS_LAG 4u       /**< samples of the difference */
#define ECGP_QRS_SUM 20u      /**< samples whose steepness is summed: 111 ms */
#define ECGP_QRS_WAIT 34u     /**< samples after which a greatest sum is a candidate: 189 ms */
#define ECGP_QRS_EARLIEST 26u /**< samples before the greatest sum from which on the R peak is looked for */
#define ECGP_QRS_LATEST 6u    /**< samples before the greatest sum up to which the R peak is looked for */
#define ECGP_QRS_SHARP 6u     /**< samples to either side that an R peak is set against */
#define ECGP_QRS_BEFORE (ECGP_QRS_EARLIEST + ECGP_QRS_SHARP)   /**< samples before the greatest sum that are needed */
#define ECGP_QRS_RING (ECGP_QRS_BEFORE + ECGP_QRS_WAIT + 1u)   /**< samples remembered */

/** One candidate. */
typedef struct {
    uint32_t at;    /**< sample with the greatest sum, counted from 0; the candidate is known ECGP_QRS_WAIT later */
    int16_t height; /**< that sum / 8, at most 32767; a QRS complex of 1 mV has about 2500 */
    int16_t slope;  /**< greatest steepness among the samples of the sum, at most 32767 */
    uint8_t back;   /**< the R peak, were it a beat, is so many samples before `at`: ECGP_QRS_LATEST to _EARLIEST */
} ecgp_qrs_candidate_t;

/** One lead. The fields are its functions' own. */
typedef struct {
    int16_t low[ECGP_QRS_RING];       /**< the last samples, a ring */
    int16_t steepness[ECGP_QRS_RING]; /**< their steepness, a ring */
    uint32_t next;                    /**< where the next sample goes in both */
    int32_t difference[2];            /**< the last two of the difference */
    int32_t smooth[2];                /**< the last two of its sums over 3 samples */
    int32_t total;                    /**< sum of the steepness */
    int32_t greatest;                 /**< the greatest sum while one is waited for, or else the last */
    int32_t found;                    /**< the sum of the newest candidate */
    uint32_t age;                     /**< samples since then, while one is waited for */
    bool waiting;                     /**< whether a greatest sum may become a candidate */
    bool started;                     /**< whether a sample has come */
} ecgp_qrs_lead_t;

/**
 * @brief Begins anew: the next sample counts for all before it.
 *
 * @param lead  the state
 */
void ecgp_qrs_lead_init(ecgp_qrs_lead_t *lead);

/**
 * @brief Takes in one sample.
 *
 * @param lead  the state
 * @param low   the low-passed sample, in units of 5 uV, any value
 * @return whether the sample ECGP_QRS_WAIT before this one is a candidate
 */
bool ecgp_qrs_lead_push(ecgp_qrs_lead_t *lead, int16_t low);

/**
 * @brief Measures a candidate, after an ecgp_qrs_lead_push() that returned true and before the next.
 *
 * @param lead   the state
 * @param now    number of the newest sample, counted from 0
 * @param found  the candidate
 */
void ecgp_qrs_lead_measure(const ecgp_qrs_lead_t *lead, uint32_t now, ecgp_qrs_candidate_t *found);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_QRS_LEAD_H */
