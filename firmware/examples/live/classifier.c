/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file classifier.c
 * @brief The generated model of MODEL_DIR as the stream's classifier; see classifier.h.
 */
#include "classifier.h"

#include <stddef.h>

#include "ecgp_model.h"

#ifndef ECGP_MODEL_WINDOW
#error "this model says no window: it was not made for heart beats, see ecgp_model.h"
#endif
#if ECGP_MODEL_SAMPLE_RATE_HZ != ECGP_FILTER_RATE_HZ
#error "the model takes another sampling rate than the stream gives"
#endif
/* -1: the model does not take it. */
#ifndef ECGP_MODEL_INPUT_RR
#define ECGP_MODEL_INPUT_RR (-1)
#endif
#ifndef ECGP_MODEL_INPUT_PATIENT
#define ECGP_MODEL_INPUT_PATIENT (-1)
#endif
#ifndef ECGP_MODEL_INPUT_CONTEXT
#define ECGP_MODEL_INPUT_CONTEXT (-1)
#elif !ECGP_STREAM_CONTEXT
#error "the model takes the input context: ECGP_STREAM_CONTEXT must be 1"
#endif

static ecgp_model_t instance;
static uint8_t arena[ECGP_MODEL_ARENA_BYTES] __attribute__((aligned(16)));

bool live_classifier_init(void) { return ecgp_model_init(&instance, arena, sizeof arena) == ECGP_OK; }

static int8_t *input(void *model, ecgp_stream_input which)
{
    static const int8_t index[] = {
        [ECGP_INPUT_ECG] = ECGP_MODEL_INPUT_ECG,
        [ECGP_INPUT_RR] = ECGP_MODEL_INPUT_RR,
        [ECGP_INPUT_PATIENT] = ECGP_MODEL_INPUT_PATIENT,
        [ECGP_INPUT_CONTEXT] = ECGP_MODEL_INPUT_CONTEXT,
    };
    (void)model;
    return index[which] >= 0 ? ecgp_model_input(&instance, index[which]) : NULL;
}

static const int8_t *run(void *model)
{
    (void)model;
    return ecgp_model_invoke(&instance) == ECGP_OK ? ecgp_model_output(&instance, 0) : NULL;
}

const ecgp_classifier_t live_classifier = {
    .window = ECGP_MODEL_WINDOW,
    .before = ECGP_MODEL_WINDOW_BEFORE,
    .classes = ECGP_MODEL_OUTPUT_BYTES(0),
    .input = input,
    .run = run,
};
