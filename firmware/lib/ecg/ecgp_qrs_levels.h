/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_levels.h
 * @brief What the QRS detector knows of beats and noise, and a candidate's score from that; see ecgp_qrs.h.
 */
#ifndef ECGP_QRS_LEVELS_H
#define ECGP_QRS_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_qrs_lead.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ECGP_QRS_LEADS
#ifdef ECGP_STREAM_LEADS
#define ECGP_QRS_LEADS ECGP_STREAM_LEADS /**< a stream's detector takes what the stream takes */
#else
/** Most leads that a detector takes, 1 or 2. A build may set 1, to spare RAM. */
#define ECGP_QRS_LEADS 2u
#endif
#endif
#define ECGP_QRS_LEVELS 8u                                 /**< values in a median */
#define ECGP_QRS_REFRACTORY 36u                            /**< samples after a beat in which there is none: 200 ms */
#define ECGP_QRS_LEAD_FEATURES 7u                          /**< values of each lead that the network sees */
#define ECGP_QRS_COMMON_FEATURES 4u                        /**< values that it sees beside them */
/** All values that the network sees. */
#define ECGP_QRS_FEATURES(leads) ((ECGP_QRS_LEAD_FEATURES * (leads)) + ECGP_QRS_COMMON_FEATURES)

/** A candidate, measured in every lead. */
typedef struct {
    uint32_t at;                             /**< sample with the greatest sum, counted from 0 */
    ecgp_qrs_measure_t lead[ECGP_QRS_LEADS]; /**< what the leads are like */
    bool late;                               /**< whether it is one for good, not only early */
    bool rises;                              /**< if it is late: whether another one as high may be about to come */
} ecgp_qrs_candidate_t;

/** The last values of a level. */
typedef struct {
    int16_t value[ECGP_QRS_LEVELS]; /**< the newest last */
    int16_t median;                 /**< the mean of the two in the middle, rounded down */
} ecgp_qrs_level_t;

/** Levels of one lead. */
typedef struct {
    ecgp_qrs_level_t signal;       /**< heights of beats */
    ecgp_qrs_level_t steep;        /**< slopes of beats */
    ecgp_qrs_level_t noise;        /**< heights of candidates that were none */
    int16_t shape[ECGP_QRS_SHAPE]; /**< the template: mean shape of the beats */
} ecgp_qrs_lead_levels_t;

/** Levels of all leads, and of time. */
typedef struct {
    uint32_t last;                               /**< `at` of the last beat */
    uint32_t rejected;                           /**< candidates left out since it was found */
    bool has_last;                               /**< whether there was one */
    ecgp_qrs_level_t rr;                         /**< RR intervals in samples */
    ecgp_qrs_lead_levels_t lead[ECGP_QRS_LEADS]; /**< of each */
} ecgp_qrs_levels_t;

/** @brief Sets the RR intervals to a usual one, and all else to 0. */
void ecgp_qrs_levels_init(ecgp_qrs_levels_t *levels);

/**
 * @brief Levels from the first candidates.
 *
 * @param levels  the state; its templates are known
 * @param first   `count` candidates
 * @param count   0 or more, at most 16
 * @param leads   how many are in use
 */
void ecgp_qrs_levels_learn(ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *first, uint32_t count, uint32_t leads);

/** @brief log2 of x + 1, in 32nds of an octave; x is 0 or more. Not inline: it is small where it is called often. */
int32_t ecgp_qrs_log(int32_t x);

/**
 * @brief How far a shape is from the template: log2 of the ratio of their difference's and its own sums of sizes.
 *
 * @param lead   the levels of the lead
 * @param shape  the shape
 * @return in 32nds of an octave, -127 to 127
 */
int8_t ecgp_qrs_distance(const ecgp_qrs_lead_levels_t *lead, const int16_t shape[ECGP_QRS_SHAPE]);

/** @brief Lets a beat's shape have its share in the template. */
void ecgp_qrs_learn_shape(ecgp_qrs_lead_levels_t *lead, const int16_t shape[ECGP_QRS_SHAPE]);

/**
 * @brief Whether a candidate that comes ECGP_QRS_REFRACTORY samples after the last beat, or later, is a beat.
 *
 * @param levels  the state
 * @param one     the candidate; an early one needs a higher score, or is none yet whatever its score
 * @param leads   how many are in use
 * @param score   of a late one: in 1024ths of a natural logarithm of the odds that it is a beat
 */
bool ecgp_qrs_judge(const ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t leads, int32_t *score);

/** @brief Samples of `one` before which its R peak is, by the lead that shows it best. */
int32_t ecgp_qrs_back(const ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t leads);

/** @brief Takes in a beat. */
void ecgp_qrs_levels_beat(ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t leads);

/** @brief Takes in a candidate that is no beat. */
void ecgp_qrs_levels_reject(ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t leads);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_QRS_LEVELS_H */
