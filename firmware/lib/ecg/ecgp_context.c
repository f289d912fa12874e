/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_context.c
 * @brief One beat's patient and context features; see ecgp_context.h.
 */
#include "ecgp_context.h"

#include <stddef.h>

void ecgp_context_init(ecgp_context_t *context)
{
    ecgp_patient_init(&context->patient);
    ecgp_similarity_init(&context->similarity);
}

void ecgp_context_compare(ecgp_context_t *context, const int16_t *x, const int16_t *template_beat, uint16_t before,
                          uint16_t next, int8_t features[ECGP_PATIENT_FEATURES], int8_t out[ECGP_CONTEXT_FEATURES])
{
    if (x != NULL) {
        ecgp_shape(x, template_beat, out + ECGP_SIMILARITY_FEATURES);
    }
    ecgp_patient_compare(&context->patient, x, template_beat, before, next, features);
    if (x != NULL) {
        ecgp_similarity_beat(&context->similarity, x, features[ECGP_CONTEXT_EARLINESS], out);
    }
}

void ecgp_context_beat(ecgp_context_t *context, const int16_t *window, uint16_t before, uint16_t next,
                       int8_t features[ECGP_PATIENT_FEATURES], int8_t out[ECGP_CONTEXT_FEATURES])
{
    int16_t x[ECGP_PATIENT_WINDOW];
    int16_t template_beat[ECGP_PATIENT_WINDOW];

    if (window == NULL) {
        ecgp_context_compare(context, NULL, NULL, before, next, features, out);
    } else {
        ecgp_morphology_look(&context->patient.morphology, window, x, template_beat);
        ecgp_context_compare(context, x, template_beat, before, next, features, out);
    }
}
