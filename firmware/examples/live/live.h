/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file live.h
 * @brief What main.c and the sources of samples share: source_uart.c, or source_adc.c where LIVE_ADC_RATE_HZ is defined.
 */
#ifndef LIVE_H
#define LIVE_H

#include <stdbool.h>

#include "ecgp_stream.h"
#include "link.h"

#ifdef __cplusplus
extern "C" {
#endif

extern ecgp_stream_t live_stream; /**< main.c's; the source sets it up and pushes samples into it */

/** @brief main.c: called whenever the program has come round, and before it sleeps. Weak: your watchdog is fed here. */
void live_watchdog_feed(void);

/**
 * @brief main.c: sends LINK_HELLO.
 *
 * @param booted  the device has just started; else it answers LINK_START
 */
void live_send_hello(bool booted);

/**
 * @brief main.c: sends the stream's events.
 *
 * @return false: the host has not yet told that it has those before, and there may be more. With an ADC nobody has to
 *         listen: it is true, and events that the host does not take are forgotten
 */
bool live_send_events(void);

/**
 * @brief Source: sets up what it needs.
 *
 * @return false: the stream refuses its rate or its leads
 */
bool live_source_start(void);

/** @brief Source: takes the samples that there are, and sends their events; never waits. */
void live_source_work(void);

/**
 * @brief Source: a frame of the host.
 *
 * @param frame  any but LINK_GOT
 */
void live_source_frame(const link_frame *frame);

/** @brief Source: the host has asked for events again. */
void live_source_asked(void);

#ifdef __cplusplus
}
#endif

#endif /* LIVE_H */
