/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_context.c
 * @brief One beat's patient and context features; see ecgp_context.h.
 */
#include "ecgp_context.h"

#include <stddef.h>
#include <string.h>

void ecgp_context_init(ecgp_context_t *context)
{
    ecgp_patient_init(&context->patient);
    ecgp_similarity_init(&context->similarity);
}

void ecgp_context_compare(ecgp_morphology_t *morphology, ecgp_similarity_t *similarity, const int16_t *x,
                          const int16_t *template_beat, bool regular, int8_t features[ECGP_PATIENT_FEATURES],
                          int8_t out[ECGP_CONTEXT_FEATURES])
{
    ecgp_shape(x, template_beat, out + ECGP_SIMILARITY_FEATURES); /* before the template beat learns of this one */
    ecgp_morphology_compare(morphology, x, template_beat, regular, features + ECGP_RHYTHM_FEATURES);
    ecgp_similarity_beat(similarity, x, features[ECGP_CONTEXT_EARLINESS], out);
}

void ecgp_context_beat(ecgp_context_t *context, const int16_t *window, uint16_t before, uint16_t next,
                       int8_t features[ECGP_PATIENT_FEATURES], int8_t out[ECGP_CONTEXT_FEATURES])
{
    ecgp_morphology_t *morphology = &context->patient.morphology;
    int8_t timing[ECGP_RHYTHM_FEATURES];
    const bool regular = ecgp_patient_rhythm(&context->patient, before, next, timing);

    if (window != NULL) {
        int16_t x[ECGP_PATIENT_WINDOW];
        const int16_t *template_beat = ecgp_morphology_look(morphology, window, x);

        (void)memcpy(features, timing, sizeof timing);
        ecgp_context_compare(morphology, &context->similarity, x, template_beat, regular, features, out);
    }
}
