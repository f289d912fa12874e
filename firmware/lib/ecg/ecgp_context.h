/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_context.h
 * @brief The model's "patient" and "context" inputs: a beat against the patient's rhythm, template and similar beats.
 *
 * Bit for bit what ecgprune/ecg/patient.py and ecgprune/ecg/context.py do; the features are listed there. It calls
 * ecgp_patient_beat(), so a model with both inputs needs this call alone. Call it once for every beat, in their order,
 * as soon as the next R peak is found. No heap; 1.3 KB of state, which the caller owns, and 0.6 KB of stack.
 */
#ifndef ECGP_CONTEXT_H
#define ECGP_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_patient.h"
#include "ecgp_shape.h"
#include "ecgp_similarity.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_CONTEXT_FEATURES (ECGP_SIMILARITY_FEATURES + ECGP_SHAPE_FEATURES) /**< values of ecgp_context_beat() */
#define ECGP_CONTEXT_EARLINESS 5u /**< place of "previous RR to the median of 64" among the patient features */

/** What is known about one patient. The fields are ecgp_context_beat()'s own. */
typedef struct {
    ecgp_patient_t patient;       /**< rhythm and template beat */
    ecgp_similarity_t similarity; /**< shapes of the last beats */
} ecgp_context_t;

/**
 * @brief Forgets everything: a new patient, or a new recording.
 *
 * @param context  the state; to be initialized before its first beat
 */
void ecgp_context_init(ecgp_context_t *context);

/**
 * @brief Takes in one beat and writes its features.
 *
 * @param context   the patient's state
 * @param window    as ecgp_patient_beat() takes it; with NULL nothing is written
 * @param before    RR interval before this beat in samples, 1 to 65535; 0: unknown, the next one stands in
 * @param next      RR interval after this beat in samples, 1 to 65535; 0: unknown, the previous one stands in
 * @param features  ECGP_PATIENT_FEATURES values, -128 to 127: the model's "patient" input
 * @param out       ECGP_CONTEXT_FEATURES values, -128 to 127: the model's "context" input
 */
void ecgp_context_beat(ecgp_context_t *context, const int16_t *window, uint16_t before, uint16_t next,
                       int8_t features[ECGP_PATIENT_FEATURES], int8_t out[ECGP_CONTEXT_FEATURES]);

/**
 * @brief The same of a beat that ecgp_patient_rhythm() and ecgp_morphology_look() have seen, with no other in between.
 *
 * @param morphology     the patient's
 * @param similarity     likewise
 * @param x              as ecgp_morphology_look() has written it
 * @param template_beat  as it has returned it
 * @param regular        as ecgp_patient_rhythm() has returned it
 * @param features       ECGP_PATIENT_FEATURES values, the first ones of ecgp_patient_rhythm(); the others are written
 * @param out            ECGP_CONTEXT_FEATURES values, -128 to 127
 */
void ecgp_context_compare(ecgp_morphology_t *morphology, ecgp_similarity_t *similarity, const int16_t *x,
                          const int16_t *template_beat, bool regular, int8_t features[ECGP_PATIENT_FEATURES],
                          int8_t out[ECGP_CONTEXT_FEATURES]);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONTEXT_H */
