/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file source_uart.c
 * @brief Samples of the host, which come over the UART as frames; see live.h, and docs/internals/live-protocol.md.
 */
#include "live.h"

#ifndef LIVE_ADC_RATE_HZ
#include "classifier.h"
#include "ecgp_compiler.h"
#include "ecgp_stack.h"
#include "ecgp_uart.h"
#include "outbox.h"

enum { SAMPLES = 4 }; /* that the stream is given at a time */

/** The host's frame that is being taken. It is acknowledged when its samples are taken and their events are sent. */
static struct {
    uint8_t data[LINK_MOST_DATA]; /* of LINK_SAMPLES or LINK_CHANGES */
    uint8_t bytes, at;            /* in `data`; of them, those that were read */
    uint8_t leads;                /* of a frame of samples */
    bool changes;                 /* it is LINK_CHANGES */
    bool busy;                    /* there is one */
    bool dropped;                 /* others came meanwhile, and have to come again */
    bool ending;                  /* it is LINK_END */
    int16_t last[ECGP_STREAM_LEADS];              /* that were read; changes are of them */
    int16_t samples[SAMPLES * ECGP_STREAM_LEADS]; /* some that were read */
    uint32_t read, taken;                         /* of each lead; the stream has taken these */
} part;
static bool running;     /* LINK_START was taken */
static uint8_t expected; /* number of the host's next frame */
static bool told;        /* that it has to send again */

static void acknowledge(link_status status)
{
    const uint8_t data[3] = {expected, (uint8_t)status, (uint8_t)outbox_events()};
    link_send(LINK_ACK, 0u, data, sizeof data, false);
}

/** Counts, and the deepest use of the stack. */
static void send_done(void)
{
    uint8_t data[20], *to = data;
    to = link_put32(to, outbox_events());
    to = link_put32(to, ecgp_uart_overruns());
    to = link_put32(to, link_damaged());
    to = link_put32(to, (uint32_t)ecgp_stack_used());
    (void)link_put32(to, (uint32_t)sizeof live_stream);
    link_send(LINK_DONE, 0u, data, sizeof data, false);
}

/** Reads the next sample of each lead: i16, or i8 differences, -128 before an i16 that stands for itself. */
static bool read_samples(void)
{
    for (uint32_t lead = 0u; lead < part.leads; lead++) {
        const int8_t change = (int8_t)part.data[part.at];
        const bool changes = part.changes && part.at < part.bytes && change != INT8_MIN;
        const uint32_t from = part.at + (part.changes ? 1u : 0u);
        const uint32_t to = changes ? from : from + 2u;
        if (to > part.bytes) {
            return false;
        }
        part.last[lead] = changes ? (int16_t)(part.last[lead] + change) : (int16_t)link_get16(&part.data[from]);
        part.at = (uint8_t)to;
    }
    return true;
}

/** Lets the stream take samples until an event is due, or there are no more; false: there were none. */
static ECGP_NOINLINE bool push_samples(void)
{
    const uint32_t leads = part.leads;
    bool some = false;
    do {
        if (part.taken == part.read) {
            part.taken = 0u;
            for (part.read = 0u; part.read < SAMPLES && read_samples(); part.read++) {
                for (uint32_t lead = 0u; lead < leads; lead++) {
                    part.samples[part.read * leads + lead] = part.last[lead];
                }
            }
        }
        part.taken += ecgp_stream_push(&live_stream, &part.samples[part.taken * leads], part.read - part.taken);
        some = some || part.read > 0u;
    } while (part.read > 0u && part.taken == part.read);
    return some;
}

/** Goes on with the frame until it is done, or the host has to take events first. */
void live_source_work(void)
{
    while (part.busy && live_send_events()) {
        if (push_samples()) {
            continue;
        }
        part.busy = false;
        if (part.ending) {
            send_done();
        }
        expected = (uint8_t)(expected + 1u);
        told = part.dropped;
        acknowledge(part.dropped ? LINK_RESEND : LINK_OK);
    }
}

/** LINK_START: u8 version, u8 leads, u16 rate, and by lead u32 units per volt, i16 zero, i16 lowest, i16 highest. */
static link_status start(const link_frame *frame)
{
    ecgp_stream_config_t config = {.classifier = &live_classifier};
    const uint8_t *from = frame->data + 4;
    const uint8_t leads = frame->data[1];
    running = false;
    part.busy = false;
    part.ending = false;
    part.read = 0u;
    part.taken = 0u;
    outbox_clear();
    if (frame->bytes < 4u || frame->data[0] != LINK_VERSION || leads < 1u || leads > ECGP_STREAM_LEADS ||
        frame->bytes != 4u + 10u * leads) {
        return LINK_REFUSED;
    }
    config.leads = leads;
    config.rate_hz = link_get16(frame->data + 2);
    for (uint32_t i = 0u; i < leads; i++, from += 10) {
        config.lead[i].units_per_volt = link_get32(from);
        config.lead[i].zero = (int16_t)link_get16(from + 4);
        config.lead[i].lowest = (int16_t)link_get16(from + 6);
        config.lead[i].highest = (int16_t)link_get16(from + 8);
    }
    part.leads = leads;
    running = ecgp_stream_init(&live_stream, &config);
    return running ? LINK_OK : LINK_REFUSED;
}

/** A frame counts when it is the expected one. Any other asks for the expected one, once. */
static void take(const link_frame *frame)
{
    if (part.busy) {
        part.dropped = true;
        return;
    }
    if (frame->number != expected || !running) {
        const bool old = (uint8_t)(expected - frame->number) < 128u; /* was taken, its acknowledgement was lost */
        if (old || !told) {
            acknowledge(old ? LINK_OK : LINK_RESEND);
            told = told || !old;
        }
        return;
    }
    part.bytes = 0u;
    part.at = 0u;
    part.busy = true;
    part.dropped = false;
    part.ending = frame->type == LINK_END;
    part.changes = frame->type == LINK_CHANGES;
    if (frame->type == LINK_SAMPLES || part.changes) {
        part.bytes = frame->bytes;
        for (uint32_t i = 0u; i < frame->bytes; i++) {
            part.data[i] = frame->data[i];
        }
    } else if (part.ending) {
        ecgp_stream_gap(&live_stream, 0u);
    } else if (frame->type == LINK_GAP && frame->bytes == 4u) {
        ecgp_stream_gap(&live_stream, link_get32(frame->data));
    } else {
        /* nothing that this version knows: it is taken, and ignored */
    }
}

void live_source_frame(const link_frame *frame)
{
    if (frame->type == LINK_START) {
        const link_status status = start(frame);
        expected = (uint8_t)(frame->number + 1u);
        told = false;
        live_send_hello(false);
        acknowledge(status);
    } else {
        take(frame);
    }
}

void live_source_asked(void)
{
    if (part.ending && !part.busy) {
        send_done();
    }
}

bool live_source_start(void) { return true; /* LINK_START says what there is to set up */ }

#else
typedef int source_uart_is_not_built; /* ISO C wants a declaration */
#endif
