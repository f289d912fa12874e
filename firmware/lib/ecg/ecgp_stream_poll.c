/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_stream_poll.c
 * @brief A stream's events; see ecgp_stream.h.
 */
#include <string.h>

#include "ecgp_stream.h"
#include "ecgp_stream_parts.h"

/** Writes the event of a lead's signal that has gone, or is back. */
static void tell_signal(ecgp_stream_t *s, uint8_t lead, ecgp_event_t *event)
{
    const uint8_t reason = s->signal[lead].reason;
    const bool good = reason == (uint8_t)ECGP_SIGNAL_GOOD;

    event->kind = good ? ECGP_EVENT_SIGNAL_BACK : ECGP_EVENT_NO_SIGNAL;
    event->sample = ecgp_stream_frame_of(s, ecgp_stream_before(s, good || lead > 0u ? 0u : s->need));
    event->reason = reason;
    event->lead = lead;
    s->told &= (uint8_t)~(ECGP_STREAM_SIGNAL << lead);
}

/** Writes the event of the first change that waits: of the first lead, the second, the quality, flutter. */
static void tell(ecgp_stream_t *s, ecgp_event_t *event)
{
    (void)memset(event, 0, sizeof *event);
    event->beat_class = ECGP_STREAM_NO_CLASS;
    event->quality = s->quality.quality;
    if ((s->told & ECGP_STREAM_SIGNAL) != 0u) {
        tell_signal(s, 0u, event);
    } else if ((s->told & (uint8_t)(ECGP_STREAM_SIGNAL << 1)) != 0u) {
        tell_signal(s, ECGP_STREAM_LEADS - 1u, event); /* no other than the second one has this bit */
    } else if ((s->told & ECGP_STREAM_QUALITY) != 0u) {
        event->kind = s->quality.poor ? ECGP_EVENT_QUALITY_POOR : ECGP_EVENT_QUALITY_GOOD;
        event->sample = ecgp_stream_frame_of(s, ecgp_stream_before(s, s->quality.poor ? s->need : 0u));
        s->told &= (uint8_t)~ECGP_STREAM_QUALITY;
    } else {
        const uint32_t ago = s->flutter.on ? ECGP_FLUTTER_SPAN : ECGP_FLUTTER_GONE;

        event->kind = s->flutter.on ? ECGP_EVENT_FLUTTER : ECGP_EVENT_FLUTTER_OVER;
        event->sample = ecgp_stream_frame_of(s, ecgp_stream_before(s, ECGP_FILTER_DELAY + ago));
        s->told &= (uint8_t)~ECGP_STREAM_FLUTTER;
    }
}

/** Writes the event of the first beat that waits, and lets it go. */
static void release(ecgp_stream_t *s, ecgp_event_t *event)
{
    const uint32_t beat = s->now - (uint16_t)(s->now - s->beat[0]); /* it is not far back */
    uint32_t after = s->closing ? 0u : ECGP_RHYTHM_RR_LIMIT;
    uint32_t i;

    if (s->pending > 1u) {
        after = (uint16_t)(s->beat[1] - s->beat[0]);
    }
    s->pending--;
    s->alarm = s->now + 1u; /* the next beat is looked at with the next sample */
    for (i = 0u; i < s->pending; i++) {
        s->beat[i] = s->beat[i + 1u];
    }
    (void)memset(event, 0, sizeof *event);
    event->kind = ECGP_EVENT_BEAT;
    event->sample = ecgp_stream_frame_of(s, beat);
    event->rr = s->follows ? event->sample - s->last_frame : 0u;
    event->late = (s->late & 1u) != 0u;
    s->late >>= 1;
    event->beat_class = ECGP_STREAM_NO_CLASS;
    ecgp_stream_classify(s, beat, after, event);
    event->quality = s->quality.quality;
    s->last = beat;
    s->last_frame = event->sample;
    s->follows = true;
}

bool ecgp_stream_poll(ecgp_stream_t *stream, ecgp_event_t *event)
{
    if (stream->told != 0u) {
        tell(stream, event);
        return true;
    }
    if (stream->closing ? stream->pending > 0u : ecgp_stream_wait(stream) == 0u) {
        release(stream, event);
        return true;
    }
    if (stream->closing) {
        ecgp_stream_resume(stream);
    }
    return false;
}
