/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_stream_beat.c
 * @brief Windows, inputs and classes of a stream's beats; see ecgp_stream_beat.h.
 */
#include "ecgp_stream_beat.h"

#include <stddef.h>

#include "ecgp_beat.h"

/** Copies `count` filtered samples from `first` on, an index at 180 Hz. */
static void cut(const ecgp_stream_t *s, uint32_t first, uint32_t count, int16_t *out)
{
    const uint32_t ago = s->now - ECGP_FILTER_DELAY - first;
    uint32_t at = s->ring_at + (s->ring_at < ago ? ECGP_STREAM_RING : 0u) - ago;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        out[i] = s->ring[at];
        at = at + 1u < ECGP_STREAM_RING ? at + 1u : 0u;
    }
}

/** Whether the segment, and the ring, hold the whole windows of the classifier and of the patient's features. */
static bool is_whole(const ecgp_stream_t *s, uint32_t sample)
{
    const uint32_t own = s->classifier != NULL ? s->classifier->before : 0u;
    const uint32_t before = own > ECGP_PATIENT_BEFORE ? own : ECGP_PATIENT_BEFORE;
    const uint32_t passed = s->now - sample;

    return passed >= s->need && passed - ECGP_FILTER_DELAY + before <= ECGP_STREAM_RING && sample - s->segment >= before;
}

/** Compares the beat with the patient's others; lets the template beat begin anew where it is a wrong one. */
static void watch(ecgp_stream_t *s, const int16_t *window)
{
    ecgp_morphology_t *morphology = &s->context.patient.morphology;
    int16_t x[ECGP_PATIENT_WINDOW];
    int16_t template_beat[ECGP_PATIENT_WINDOW];

    ecgp_morphology_look(morphology, window, x, template_beat);
    if (ecgp_template_beat(&s->guard, ecgp_quality_beat(&s->quality, x, template_beat))) {
        ecgp_morphology_init(morphology);
    }
}

static uint16_t limited(uint32_t rr) { return (uint16_t)(rr < ECGP_RHYTHM_RR_LIMIT ? rr : ECGP_RHYTHM_RR_LIMIT); }

/** Writes the classifier's "rr" input; the beat is the newest of the rhythm's already. */
static void make_rr(const ecgp_stream_t *s, uint16_t after, int8_t *out)
{
    const ecgp_rhythm_t *rhythm = &s->context.patient.rhythm;
    uint16_t past[ECGP_RHYTHM_PAST];
    uint32_t i;

    for (i = 0u; i < s->beats; i++) {
        past[i] = rhythm->rr[s->beats - 1u - i];
    }
    ecgp_beat_rr(past, s->beats, after, ECGP_FILTER_RATE_HZ, out);
}

/** Where the model takes an input; NULL: not at all. */
static int8_t *input_of(const ecgp_stream_t *s, ecgp_stream_input which)
{
    return s->classifier != NULL ? s->classifier->input(s->model, which) : NULL;
}

/** Enters the beat into the patient's state; writes the inputs that come from it. */
static void make_features(ecgp_stream_t *s, const int16_t *window, uint16_t before, uint16_t after)
{
    int8_t unused[ECGP_PATIENT_FEATURES];
    int8_t *context = input_of(s, ECGP_INPUT_CONTEXT);
    int8_t *patient = input_of(s, ECGP_INPUT_PATIENT);
    int8_t *rr = input_of(s, ECGP_INPUT_RR);

    patient = patient != NULL ? patient : unused;
    if (context != NULL) {
        ecgp_context_beat(&s->context, window, before, after, patient, context);
    } else {
        ecgp_patient_beat(&s->context.patient, window, before, after, patient);
    }
    if (rr != NULL) {
        make_rr(s, after, rr);
    }
}

/** Runs the classifier on inputs that are made. */
static void classify(ecgp_stream_t *s, ecgp_event_t *event)
{
    const int8_t *scores = s->classifier->run(s->model);
    int16_t best = 0;
    int16_t i;

    if (scores == NULL) {
        return;
    }
    for (i = 1; i < (int16_t)s->classifier->classes; i++) {
        best = scores[i] > scores[best] ? i : best;
    }
    event->beat_class = best;
    event->score = scores[best];
}

void ecgp_stream_classify(ecgp_stream_t *stream, uint32_t sample, uint32_t after, ecgp_event_t *event)
{
    const uint16_t before = stream->follows ? limited(sample - stream->last) : 0u;
    const bool whole = is_whole(stream, sample);
    const bool usable = sample - stream->usable < 0x80000000u;
    const bool claimed = whole && usable && !stream->quality.poor;
    int16_t window[ECGP_STREAM_WINDOW];
    int8_t *ecg = input_of(stream, ECGP_INPUT_ECG);

    if (whole) {
        cut(stream, sample - ECGP_PATIENT_BEFORE, ECGP_PATIENT_WINDOW, window);
        watch(stream, window);
    }
    make_features(stream, claimed ? window : NULL, before, limited(after));
    stream->beats = (uint16_t)(stream->beats < ECGP_RHYTHM_PAST ? stream->beats + 1u : stream->beats);
    if (claimed && stream->classifier != NULL) {
        if (ecg != NULL) {
            cut(stream, sample - stream->classifier->before, stream->classifier->window, window);
            ecgp_beat_normalize(window, stream->classifier->window, ecg);
        }
        classify(stream, event);
    }
}
