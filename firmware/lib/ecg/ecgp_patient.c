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

bool ecgp_patient_rhythm(ecgp_patient_t *patient, uint16_t before, uint16_t next, int8_t out[ECGP_RHYTHM_FEATURES])
{
    uint16_t rr = before > 0u ? before : next > 0u ? next : (uint16_t)ECGP_RHYTHM_NORMAL_RR;
    uint16_t after = next > 0u ? next : rr;

    rr = (uint16_t)(rr < ECGP_RHYTHM_RR_LIMIT ? rr : ECGP_RHYTHM_RR_LIMIT);
    after = (uint16_t)(after < ECGP_RHYTHM_RR_LIMIT ? after : ECGP_RHYTHM_RR_LIMIT);
    return ecgp_rhythm_beat(&patient->rhythm, rr, after, out);
}

void ecgp_patient_beat(ecgp_patient_t *patient, const int16_t *window, uint16_t before, uint16_t next,
                       int8_t out[ECGP_PATIENT_FEATURES])
{
    int8_t timing[ECGP_RHYTHM_FEATURES];
    const bool regular = ecgp_patient_rhythm(patient, before, next, timing);

    if (window != NULL) {
        (void)memcpy(out, timing, sizeof timing);
        ecgp_morphology_beat(&patient->morphology, window, regular, out + ECGP_RHYTHM_FEATURES);
    }
}
