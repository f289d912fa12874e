/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_stream.c
 * @brief From samples to the beats that wait, and from them to events; see ecgp_stream.h.
 */
#include "ecgp_stream.h"

#include <string.h>

#include "ecgp_stream_beat.h"

/* Bits of `told`. */
#define SIGNAL 1u
#define QUALITY 2u

/* The time of an R peak is told by the second that it is in, of the last SECONDS and the next. */
#define SECONDS 64u
#define LONG_AGO 0x40000000u /* 180 Hz samples, so that indices can be compared when they begin at 0 again */
#define RATE ECGP_FILTER_RATE_HZ

#if ECGP_FILTER_RATE_HZ != 180
#error "the stream's detector and features take 180 Hz: ECGP_FILTER_RATE_HZ must be 180"
#endif
#if ECGP_STREAM_LEADS < 1 || ECGP_STREAM_LEADS > 2
#error "ECGP_STREAM_LEADS must be 1 or 2"
#endif

/** The frame at the time of a 180 Hz sample of this segment, to nearest, halves up. */
static uint32_t frame_of(const ecgp_stream_t *s, uint32_t sample)
{
    const uint32_t after = sample - s->second + SECONDS * RATE;

    return s->frame - SECONDS * s->rate_hz + (2u * after * s->rate_hz + RATE) / (2u * RATE);
}

/** Whether the first beat that waits has all that it waits for. */
static bool ready(const ecgp_stream_t *s)
{
    const uint32_t passed = s->now - s->beat[0].sample;

    if (s->pending == 0u) {
        return false;
    }
    return s->closing || (passed >= s->need && (s->pending > 1u || passed >= ECGP_STREAM_WAIT));
}

static bool due(const ecgp_stream_t *s) { return s->told != 0u || s->closing || ready(s); }

/** Lets a beat wait; where none can, the newest gives way, which no detector with a refractory time needs. */
static void wait_for(ecgp_stream_t *s, const ecgp_qrs_beat_t *found)
{
    const uint32_t at = s->pending < ECGP_STREAM_PENDING ? s->pending : ECGP_STREAM_PENDING - 1u;

    s->beat[at].sample = s->segment + found->sample;
    s->beat[at].late = found->search_back;
    s->pending = (uint16_t)(at + 1u);
}

/** Takes in one 180 Hz sample of each lead. */
static void take(ecgp_stream_t *s, const int16_t *low, int16_t filtered)
{
    ecgp_qrs_beat_t found;
    const bool beat = ecgp_qrs_push(&s->qrs, low, &found);

    s->ring[s->ring_at] = filtered;
    s->ring_at = (uint16_t)(s->ring_at + 1u < ECGP_STREAM_RING ? s->ring_at + 1u : 0u);
    s->now++;
    if (s->now - s->second >= RATE) {
        s->second += RATE;
        s->frame += s->rate_hz;
        if (s->now - s->usable > LONG_AGO) {
            s->usable = s->now - LONG_AGO;
        }
    }
    if (beat) {
        wait_for(s, &found);
    }
    s->told |= ecgp_signal_sample(&s->signal, low, beat) ? SIGNAL : 0u;
    s->told |= ecgp_quality_sample(&s->quality, low[0]) ? QUALITY : 0u;
    if (!ecgp_signal_good(&s->signal)) {
        s->usable = s->now;
    }
}

/** Begins anew after the frames that are missing. */
static void resume(ecgp_stream_t *s)
{
    uint32_t lead;

    s->frames += s->gap;
    s->gap = 0u;
    s->segment = s->now;
    s->second = s->now;
    s->frame = s->frames;
    s->follows = false;
    s->closing = false;
    for (lead = 0u; lead < s->leads; lead++) {
        ecgp_filter_reset(&s->filter[lead]);
    }
    ecgp_qrs_init(&s->qrs, s->leads);
    ecgp_signal_reset(&s->signal);
    ecgp_quality_reset(&s->quality);
}

bool ecgp_stream_init(ecgp_stream_t *stream, const ecgp_stream_config_t *config)
{
    const ecgp_classifier_t *classifier = config->classifier;
    const uint32_t before = classifier != NULL ? classifier->before : 0u;
    const uint32_t after = classifier != NULL ? (uint32_t)classifier->window - before : 0u;
    const uint32_t most = after > ECGP_PATIENT_AFTER ? after : ECGP_PATIENT_AFTER;
    const uint32_t latest = ECGP_STREAM_WAIT - ECGP_FILTER_DELAY;
    uint32_t lead;

    if (config->leads < 1u || config->leads > ECGP_STREAM_LEADS) {
        return false;
    }
    if (classifier != NULL && (classifier->window < 1u || classifier->window > ECGP_STREAM_WINDOW ||
                               before >= classifier->window || classifier->classes < 1u || classifier->classes > 127u)) {
        return false;
    }
    if ((before > ECGP_PATIENT_BEFORE ? before : ECGP_PATIENT_BEFORE) + (most > latest ? most : latest) >= ECGP_STREAM_RING) {
        return false;
    }
    (void)memset(stream, 0, sizeof *stream);
    for (lead = 0u; lead < config->leads; lead++) {
        const ecgp_stream_lead_t *one = &config->lead[lead];

        if (!ecgp_filter_init(&stream->filter[lead], config->rate_hz, one->units_per_volt, one->zero)) {
            return false;
        }
    }
    stream->classifier = classifier;
    stream->model = config->model;
    stream->rate_hz = config->rate_hz;
    stream->leads = config->leads;
    stream->need = (uint16_t)(most + ECGP_FILTER_DELAY);
    ecgp_signal_init(&stream->signal, config->leads, config->rate_hz);
    for (lead = 0u; lead < config->leads; lead++) {
        ecgp_signal_range(&stream->signal, lead, config->lead[lead].lowest, config->lead[lead].highest);
    }
    ecgp_quality_init(&stream->quality);
    ecgp_template_init(&stream->guard);
    ecgp_context_init(&stream->context);
    resume(stream);
    return true;
}

/** Takes in one frame. */
static void take_frame(ecgp_stream_t *s, const int16_t *samples)
{
    int16_t low[ECGP_FILTER_MOST][ECGP_STREAM_LEADS];
    int16_t filtered[ECGP_FILTER_MOST];
    int16_t unused[ECGP_FILTER_MOST];
    uint32_t count = 0u;
    uint32_t lead;
    uint32_t i;

    ecgp_signal_frame(&s->signal, samples);
    for (lead = 0u; lead < s->leads; lead++) {
        count = ecgp_filter_push(&s->filter[lead], samples[lead], lead == 0u ? filtered : unused);
        for (i = 0u; i < count; i++) {
            low[i][lead] = ecgp_filter_low(&s->filter[lead], count - 1u - i);
        }
    }
    s->frames++;
    for (i = 0u; i < count; i++) {
        take(s, low[i], filtered[i]);
    }
}

uint32_t ecgp_stream_push(ecgp_stream_t *stream, const int16_t *samples, uint32_t count)
{
    uint32_t taken;

    for (taken = 0u; taken < count && !due(stream); taken++) {
        take_frame(stream, samples);
        samples += stream->leads;
    }
    return taken;
}

/** Writes the event of a change of the signal, or of its quality. */
static void tell(ecgp_stream_t *s, ecgp_event_t *event)
{
    const bool signal = (s->told & SIGNAL) != 0u;

    (void)memset(event, 0, sizeof *event);
    event->sample = frame_of(s, s->now - 1u);
    event->beat_class = ECGP_STREAM_NO_CLASS;
    event->quality = s->quality.quality;
    if (signal) {
        event->kind = s->signal.reason == (uint8_t)ECGP_SIGNAL_GOOD ? ECGP_EVENT_SIGNAL_BACK : ECGP_EVENT_NO_SIGNAL;
        event->reason = s->signal.reason;
    } else {
        event->kind = s->quality.poor ? ECGP_EVENT_QUALITY_POOR : ECGP_EVENT_QUALITY_GOOD;
    }
    s->told &= (uint8_t)(signal ? ~SIGNAL : ~QUALITY);
}

/** Writes the event of the first beat that waits, and lets it go. */
static void release(ecgp_stream_t *s, ecgp_event_t *event)
{
    const ecgp_stream_beat_t beat = s->beat[0];
    uint32_t after = s->closing ? 0u : ECGP_RHYTHM_RR_LIMIT;
    uint32_t i;

    if (s->pending > 1u) {
        after = s->beat[1].sample - beat.sample;
    }
    s->pending--;
    for (i = 0u; i < s->pending; i++) {
        s->beat[i] = s->beat[i + 1u];
    }
    (void)memset(event, 0, sizeof *event);
    event->kind = ECGP_EVENT_BEAT;
    event->sample = frame_of(s, beat.sample);
    event->rr = s->follows ? event->sample - s->last_frame : 0u;
    event->late = beat.late;
    event->beat_class = ECGP_STREAM_NO_CLASS;
    ecgp_stream_classify(s, beat.sample, after, event);
    event->quality = s->quality.quality;
    s->last = beat.sample;
    s->last_frame = event->sample;
    s->follows = true;
}

bool ecgp_stream_poll(ecgp_stream_t *stream, ecgp_event_t *event)
{
    if (stream->told != 0u) {
        tell(stream, event);
        return true;
    }
    if (ready(stream)) {
        release(stream, event);
        return true;
    }
    if (stream->closing) {
        resume(stream);
    }
    return false;
}

void ecgp_stream_gap(ecgp_stream_t *stream, uint32_t frames)
{
    stream->gap = stream->closing ? stream->gap + frames : frames;
    stream->closing = true;
}
