/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_stream_beat.c
 * @brief Windows, inputs and classes of a stream's beats; see ecgp_stream_parts.h.
 */
#include <stddef.h>
#include <string.h>

#include "ecgp_beat.h"
#include "ecgp_compiler.h"
#include "ecgp_stream.h"
#include "ecgp_stream_parts.h"

/** Copies `count` filtered samples from `first` on, an index at 180 Hz. */
static void cut(const ecgp_stream_t *s, uint32_t first, uint32_t count, int16_t *out)
{
    const uint32_t ago = s->now - ECGP_FILTER_DELAY - first;
    const uint32_t at = s->ring_at + (s->ring_at < ago ? ECGP_STREAM_RING : 0u) - ago;
    const uint32_t left = ECGP_STREAM_RING - at;
    const uint32_t part = count < left ? count : left;

    (void)memcpy(out, &s->ring[at], part * sizeof *out);
    (void)memcpy(&out[part], s->ring, (count - part) * sizeof *out);
}

/** Whether the segment, and the ring, hold the whole windows of the classifier and of the patient's features. */
static bool is_whole(const ecgp_stream_t *s, uint32_t sample)
{
    const uint32_t own = s->classifier != NULL ? s->classifier->before : 0u;
    const uint32_t before = own > ECGP_PATIENT_BEFORE ? own : ECGP_PATIENT_BEFORE;
    const uint32_t passed = s->now - sample;

    return passed >= s->need && passed - ECGP_FILTER_DELAY + before <= ECGP_STREAM_RING && sample - s->segment >= before;
}

/** Whether index `a` is before `b`; they are less than half of all indices apart. */
static bool is_before(uint32_t a, uint32_t b) { return a - b >= 0x80000000u; }

/** Whether there was a signal of good quality at an R peak. */
static bool is_open(const ecgp_stream_t *s, uint32_t sample)
{
    return !is_before(sample, s->open_from) && (!s->shut || is_before(sample, s->shut_from));
}

/**
 * Writes a beat about its mean and compares it with the patient's others; lets the template beat begin anew where it is a
 * wrong one. Returns the template beat.
 */
static ECGP_NOINLINE const int16_t *watch(ecgp_stream_t *s, uint32_t sample, int16_t x[ECGP_PATIENT_WINDOW])
{
    ecgp_morphology_t *morphology = &s->patient.morphology;
    const int16_t *template_beat;

    cut(s, sample - ECGP_PATIENT_BEFORE, ECGP_PATIENT_WINDOW, x);
    template_beat = ecgp_morphology_look(morphology, x, x);
    if (ecgp_template_beat(&s->guard, ecgp_quality_beat(&s->quality, x, template_beat))) {
        ecgp_morphology_init(morphology);
        template_beat = x;
    }
    return template_beat;
}

static uint16_t limited(uint32_t rr) { return (uint16_t)(rr < ECGP_RHYTHM_RR_LIMIT ? rr : ECGP_RHYTHM_RR_LIMIT); }

/** Writes the classifier's "rr" input; the beat is the newest of the rhythm's already. */
static ECGP_NOINLINE void make_rr(const ecgp_stream_t *s, uint16_t after, int8_t *out)
{
    const ecgp_rhythm_t *rhythm = &s->patient.rhythm;
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

/**
 * Enters a whole beat into the patient's state where a class may be `claimed`; writes the inputs that come from it.
 * `patient` has the rhythm's features already.
 */
static ECGP_NOINLINE void enter_shape(ecgp_stream_t *s, uint32_t sample, bool claimed, bool regular, int8_t *patient)
{
    int16_t x[ECGP_PATIENT_WINDOW];
    const int16_t *template_beat = watch(s, sample, x);
#if ECGP_STREAM_CONTEXT
    int8_t *context = input_of(s, ECGP_INPUT_CONTEXT);
#endif

    if (!claimed) {
        return;
    }
#if ECGP_STREAM_CONTEXT
    if (context != NULL) {
        ecgp_context_compare(&s->patient.morphology, &s->similarity, x, template_beat, regular, patient, context);
        return;
    }
#endif
    ecgp_morphology_compare(&s->patient.morphology, x, template_beat, regular, &patient[ECGP_RHYTHM_FEATURES]);
}

/** Enters a beat into the patient's state; true where a class may be claimed. */
static ECGP_NOINLINE bool enter(ecgp_stream_t *s, uint32_t sample, uint16_t before, uint16_t after)
{
    const bool whole = is_whole(s, sample);
    const bool claimed = whole && is_open(s, sample);
    int8_t unused[ECGP_PATIENT_FEATURES];
    int8_t *taken = input_of(s, ECGP_INPUT_PATIENT);
    int8_t *patient = taken != NULL ? taken : unused;
    const bool regular = ecgp_patient_rhythm(&s->patient, before, after, patient);
    int8_t *rr = input_of(s, ECGP_INPUT_RR);

    if (rr != NULL) {
        make_rr(s, after, rr);
    }
    if (whole) {
        enter_shape(s, sample, claimed, regular, patient);
    }
    s->beats = (uint16_t)(s->beats < ECGP_RHYTHM_PAST ? s->beats + 1u : s->beats);
    return claimed;
}

/** Writes the classifier's "ecg" input. */
static ECGP_NOINLINE void make_ecg(const ecgp_stream_t *s, uint32_t sample)
{
    int16_t window[ECGP_STREAM_WINDOW];
    int8_t *ecg = input_of(s, ECGP_INPUT_ECG);

    if (ecg != NULL) {
        cut(s, sample - s->classifier->before, s->classifier->window, window);
        ecgp_beat_normalize(window, s->classifier->window, ecg);
    }
}

void ecgp_stream_classify(ecgp_stream_t *stream, uint32_t sample, uint32_t after, ecgp_event_t *event)
{
    const uint16_t before = stream->follows && stream->learned ? limited(sample - stream->last) : 0u;
    const int8_t *scores;
    int16_t best = 0;
    int16_t i;

    stream->learned = !stream->flutter.on;
    if (stream->flutter.on || !enter(stream, sample, before, limited(after)) || stream->classifier == NULL) {
        return;
    }
    make_ecg(stream, sample);
    scores = stream->classifier->run(stream->model);
    if (scores == NULL) {
        return;
    }
    for (i = 1; i < (int16_t)stream->classifier->classes; i++) {
        best = scores[i] > scores[best] ? i : best;
    }
    event->beat_class = best;
    event->score = scores[best];
}
