/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_patient.c
 * @brief One beat's rhythm and morphology features; see ecgp_patient.h.
 */
#include "ecgp_patient.h"

#include <stddef.h>
#include <string.h>

void ecgp_patient_init(ecgp_patient_t *patient)
{
    ecgp_rhythm_init(&patient->rhythm);
    ecgp_morphology_init(&patient->morphology);
}

void ecgp_patient_compare(ecgp_patient_t *patient, const int16_t *x, const int16_t *template_beat, uint16_t before,
                          uint16_t next, int8_t out[ECGP_PATIENT_FEATURES])
{
    int8_t timing[ECGP_RHYTHM_FEATURES];
    uint16_t rr = before > 0u ? before : next > 0u ? next : (uint16_t)ECGP_RHYTHM_NORMAL_RR;
    uint16_t after = next > 0u ? next : rr;
    bool regular;

    rr = (uint16_t)(rr < ECGP_RHYTHM_RR_LIMIT ? rr : ECGP_RHYTHM_RR_LIMIT);
    after = (uint16_t)(after < ECGP_RHYTHM_RR_LIMIT ? after : ECGP_RHYTHM_RR_LIMIT);
    regular = ecgp_rhythm_beat(&patient->rhythm, rr, after, timing);
    if (x != NULL) {
        (void)memcpy(out, timing, sizeof timing);
        ecgp_morphology_compare(&patient->morphology, x, template_beat, regular, out + ECGP_RHYTHM_FEATURES);
    }
}

void ecgp_patient_beat(ecgp_patient_t *patient, const int16_t *window, uint16_t before, uint16_t next,
                       int8_t out[ECGP_PATIENT_FEATURES])
{
    int16_t x[ECGP_PATIENT_WINDOW];
    int16_t template_beat[ECGP_PATIENT_WINDOW];

    if (window == NULL) {
        ecgp_patient_compare(patient, NULL, NULL, before, next, out);
    } else {
        ecgp_morphology_look(&patient->morphology, window, x, template_beat);
        ecgp_patient_compare(patient, x, template_beat, before, next, out);
    }
}
