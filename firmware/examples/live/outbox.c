/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file outbox.c
 * @brief Events until the host has them; see outbox.h.
 */
#include "outbox.h"

#include "link.h"

enum { EVENT_BYTES = 16 };

static uint8_t kept[OUTBOX_EVENTS][EVENT_BYTES]; /* event n is at n modulo OUTBOX_EVENTS */
static uint32_t first, next;                     /* the oldest one that is kept; the one to come */

void outbox_clear(void)
{
    first = 0u;
    next = 0u;
}

bool outbox_has_room(void) { return next - first < OUTBOX_EVENTS; }

uint32_t outbox_events(void) { return next; }

static void send(uint32_t number)
{
    link_send(LINK_EVENT, (uint8_t)number, kept[number % OUTBOX_EVENTS], EVENT_BYTES, false);
}

void outbox_send(const ecgp_event_t *event)
{
    uint8_t *to = kept[next % OUTBOX_EVENTS];

    first += outbox_has_room() ? 0u : 1u;
    *to++ = (uint8_t)event->kind;
    *to++ = event->reason;
    *to++ = event->quality;
    *to++ = event->late ? 1u : 0u;
    to = link_put32(to, event->sample);
    to = link_put32(to, event->rr);
    (void)link_put32(to, (uint32_t)(uint16_t)event->beat_class | (uint32_t)(uint8_t)event->score << 16 |
                             (uint32_t)event->lead << 24);
    send(next++);
}

void outbox_got(uint8_t expected, bool again)
{
    const uint8_t has = (uint8_t)(expected - (uint8_t)first);

    if (has > next - first) {
        return; /* an old message */
    }
    first += has;
    for (uint32_t number = first; again && number != next; number++) {
        send(number);
    }
}
