/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file outbox.h
 * @brief Events that were sent over the UART, kept until the host has told that it has them.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef OUTBOX_EVENTS
#define OUTBOX_EVENTS 8u /**< that are kept, a power of two of 4 to 128; LINK_GOT comes for every second one */
#endif

/** @brief Forgets everything: the next event has the number 0. */
void outbox_clear(void);

/**
 * @brief Whether another event can be kept.
 *
 * @return false: outbox_send() would forget the oldest event
 */
bool outbox_has_room(void);

/**
 * @brief Sends an event as LINK_EVENT and keeps it. Where there is no room, the oldest one is forgotten.
 *
 * @param event  the event
 */
void outbox_send(const ecgp_event_t *event);

/**
 * @brief What LINK_GOT tells: lets go of what the host has.
 *
 * @param next   number of the event that the host expects
 * @param again  true: it has missed some, so all that are kept from `next` on are sent again
 */
void outbox_got(uint8_t next, bool again);

/**
 * @brief Events since outbox_clear(); the next one's number is this modulo 256.
 *
 * @return their number
 */
uint32_t outbox_events(void);

#ifdef __cplusplus
}
#endif

#endif /* OUTBOX_H */
