/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_stream_poll.c
 * @brief A stream's events; see ecgp_stream.h.
 */
#include <string.h>

#include "ecgp_stream.h"
#include "ecgp_stream_parts.h"

/** Writes the event of a change of the signal, or of its quality. */
static void tell(ecgp_stream_t *s, ecgp_event_t *event)
{
    const bool signal = (s->told & ECGP_STREAM_SIGNAL) != 0u;
    const bool good = signal ? s->signal.reason == (uint8_t)ECGP_SIGNAL_GOOD : !s->quality.poor;

    (void)memset(event, 0, sizeof *event);
    event->sample = ecgp_stream_frame_of(s, good ? s->now : ecgp_stream_first_open(s));
    event->beat_class = ECGP_STREAM_NO_CLASS;
    event->quality = s->quality.quality;
    if (signal) {
        event->kind = good ? ECGP_EVENT_SIGNAL_BACK : ECGP_EVENT_NO_SIGNAL;
        event->reason = s->signal.reason;
    } else {
        event->kind = good ? ECGP_EVENT_QUALITY_GOOD : ECGP_EVENT_QUALITY_POOR;
    }
    s->told &= (uint8_t)(signal ? ~ECGP_STREAM_SIGNAL : ~ECGP_STREAM_QUALITY);
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
    event->sample = ecgp_stream_frame_of(s, beat.sample);
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
    if (ecgp_stream_ready(stream)) {
        release(stream, event);
        return true;
    }
    if (stream->closing) {
        ecgp_stream_resume(stream);
    }
    return false;
}
