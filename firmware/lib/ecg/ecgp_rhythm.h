/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_rhythm.h
 * @brief Features that set a beat's RR intervals against the patient's own rhythm, in 32-bit integers.
 *
 * Bit for bit the first ECGP_RHYTHM_FEATURES columns of ecgprune/ecg/patient.py. RR intervals come in samples at
 * 180 Hz. No heap, no globals: the caller owns the state. Most callers take ecgp_patient.h instead, which calls this.
 */
#ifndef ECGP_RHYTHM_H
#define ECGP_RHYTHM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_RHYTHM_FEATURES 17u   /**< values that ecgp_rhythm_beat() writes */
#define ECGP_RHYTHM_PAST 64u       /**< RR intervals remembered */
#define ECGP_RHYTHM_LONG 256u      /**< RR intervals in the long mean */
#define ECGP_RHYTHM_NORMAL_RR 144u /**< RR interval that absolute ones are set against, in samples: 0.8 s */
#define ECGP_RHYTHM_RR_LIMIT 360u  /**< longest RR interval, in samples: 2 s */
#define ECGP_RHYTHM_FRACTION 256   /**< parts of a sample that the long mean is kept in */

/** What is known about one patient's rhythm. The fields are ecgp_rhythm_beat()'s own. */
typedef struct {
    uint16_t rr[ECGP_RHYTHM_PAST]; /**< RR intervals, newest first, in samples, 1 to ECGP_RHYTHM_RR_LIMIT */
    uint16_t rr_count;             /**< how many of them are known, 0 to ECGP_RHYTHM_PAST */
    uint16_t long_count;           /**< beats in long_mean, 0 to ECGP_RHYTHM_LONG */
    int32_t long_mean;             /**< mean RR interval, in 1/ECGP_RHYTHM_FRACTION samples; 0 before the first beat */
} ecgp_rhythm_t;

/**
 * @brief Forgets everything: a new patient, or a new recording.
 *
 * @param rhythm  the state; all zeros afterwards
 */
void ecgp_rhythm_init(ecgp_rhythm_t *rhythm);

/**
 * @brief Takes in one beat's RR intervals and writes its rhythm features.
 *
 * @param rhythm  the patient's state
 * @param rr      RR interval before the beat in samples, 1 to ECGP_RHYTHM_RR_LIMIT
 * @param next    RR interval after the beat in samples, 1 to ECGP_RHYTHM_RR_LIMIT
 * @param out     ECGP_RHYTHM_FEATURES values, -128 to 127
 * @return true when the beat comes within an eighth of the median RR, and the next one is not early
 */
bool ecgp_rhythm_beat(ecgp_rhythm_t *rhythm, uint16_t rr, uint16_t next, int8_t out[ECGP_RHYTHM_FEATURES]);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_RHYTHM_H */
