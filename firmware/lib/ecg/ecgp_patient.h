/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_patient.h
 * @brief The model's "patient" input: a beat set against the patient's rhythm and template beat, in 32-bit integers.
 *
 * Bit for bit what ecgprune/ecg/patient.py does; the features are listed there. Samples come in units of 5 uV,
 * band-passed and at 180 Hz, RR intervals in samples at 180 Hz. Call it once for every beat, in their order, as soon as
 * the next R peak is found. No heap; 0.6 KB of state, which the caller owns, and as much stack.
 */
#ifndef ECGP_PATIENT_H
#define ECGP_PATIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_morphology.h"
#include "ecgp_rhythm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_PATIENT_FEATURES (ECGP_RHYTHM_FEATURES + ECGP_MORPHOLOGY_FEATURES) /**< values of ecgp_patient_beat() */
#define ECGP_PATIENT_BEFORE ECGP_MORPHOLOGY_BEFORE /**< samples of the window before the R peak */
#define ECGP_PATIENT_AFTER ECGP_MORPHOLOGY_AFTER   /**< samples of the window from the R peak on */
#define ECGP_PATIENT_WINDOW ECGP_MORPHOLOGY_WINDOW /**< samples of the window */

/** What is known about one patient. The fields are ecgp_patient_beat()'s own. */
typedef struct {
    ecgp_rhythm_t rhythm;         /**< from every beat */
    ecgp_morphology_t morphology; /**< from the beats with a whole window */
} ecgp_patient_t;

/**
 * @brief Forgets everything: a new patient, or a new recording.
 *
 * @param patient  the state; to be initialized before its first beat
 */
void ecgp_patient_init(ecgp_patient_t *patient);

/**
 * @brief Takes in one beat and writes its features: the rhythm's, then the morphology's.
 *
 * RR intervals above ECGP_RHYTHM_RR_LIMIT count as that. Where neither is known, ECGP_RHYTHM_NORMAL_RR stands in.
 *
 * @param patient  the patient's state
 * @param window   ECGP_PATIENT_WINDOW samples in units of 5 uV, ECGP_PATIENT_BEFORE of them before the R peak; NULL
 *                 where the recording does not hold them all: the beat then counts for the rhythm alone, and nothing
 *                 is written
 * @param before   RR interval before this beat in samples, 1 to 65535; 0: unknown, the next one stands in
 * @param next     RR interval after this beat in samples, 1 to 65535; 0: unknown, the previous one stands in
 * @param out      ECGP_PATIENT_FEATURES values, -128 to 127: the model's "patient" input
 */
void ecgp_patient_beat(ecgp_patient_t *patient, const int16_t *window, uint16_t before, uint16_t next,
                       int8_t out[ECGP_PATIENT_FEATURES]);

/**
 * @brief The first part of ecgp_patient_beat(): takes in the RR intervals. ecgp_morphology_compare() is the other one.
 *
 * @param patient  the patient's state
 * @param before   as ecgp_patient_beat() takes it
 * @param next     likewise
 * @param out      ECGP_RHYTHM_FEATURES values, -128 to 127
 * @return whether the beat is in rhythm, as ecgp_rhythm_beat() says
 */
bool ecgp_patient_rhythm(ecgp_patient_t *patient, uint16_t before, uint16_t next, int8_t out[ECGP_RHYTHM_FEATURES]);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_PATIENT_H */
