/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_similarity.h
 * @brief How many of the patient's last beats have the shape of this one, and how early those came; 32-bit integers.
 *
 * Bit for bit the first ECGP_SIMILARITY_FEATURES columns of ecgprune/ecg/context.py. A remembered shape is every second
 * sample of the QRS about its mean, divided by its Euclidean length. No heap, no globals: the caller owns the state.
 * Most callers take ecgp_context.h instead, which calls this.
 */
#ifndef ECGP_SIMILARITY_H
#define ECGP_SIMILARITY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_SIMILARITY_FEATURES 6u    /**< values that ecgp_similarity_beat() writes */
#define ECGP_SIMILARITY_REMEMBERED 32u /**< beats whose shapes are remembered */
#define ECGP_SIMILARITY_POINTS 20u     /**< samples of a remembered shape */
#define ECGP_SIMILARITY_STRIDE 2u      /**< of so many samples of the QRS one is remembered */
#define ECGP_SIMILARITY_FIRST 34u      /**< sample of the window that is the first one remembered */
#define ECGP_SIMILARITY_UNIT 127       /**< length of a remembered shape, and the similarity of equal shapes */
#define ECGP_SIMILARITY_ALIKE 115      /**< similarity from which on a beat counts as alike: 0.9 */
#define ECGP_SIMILARITY_LIKE 102       /**< similarity from which on a beat has a share in the means: 0.8 */
#define ECGP_SIMILARITY_FULL 19        /**< a beat this much above LIKE has its full share */

/** Shapes of the last beats. The fields are ecgp_similarity_beat()'s own. */
typedef struct {
    int8_t shape[ECGP_SIMILARITY_REMEMBERED][ECGP_SIMILARITY_POINTS]; /**< unit vectors, in a ring */
    int8_t early[ECGP_SIMILARITY_REMEMBERED];                         /**< how early each came, as the caller said */
    uint16_t count;                                                   /**< of them that are known, 0 to REMEMBERED */
    uint16_t next;                                                    /**< place of the oldest one, 0 to REMEMBERED - 1 */
} ecgp_similarity_t;

/**
 * @brief Forgets everything: a new patient, or a new recording.
 *
 * @param similarity  the state; all zeros afterwards
 */
void ecgp_similarity_init(ecgp_similarity_t *similarity);

/**
 * @brief Takes in one beat and writes its similarity features.
 *
 * @param similarity  the patient's state
 * @param x           the window about its mean, as ecgp_morphology_look() writes it
 * @param early       how early the beat came, -128 to 127; the mean over similar beats is in the same unit
 * @param out         ECGP_SIMILARITY_FEATURES values, -128 to 127
 */
void ecgp_similarity_beat(ecgp_similarity_t *similarity, const int16_t *x, int8_t early,
                          int8_t out[ECGP_SIMILARITY_FEATURES]);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SIMILARITY_H */
