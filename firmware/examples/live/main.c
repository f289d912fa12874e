/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file main.c
 * @brief Live ECG, the program to start a product from: samples of an ADC or of the UART in, classified beats out.
 *
 *     make -C firmware APP=examples/live BOARD=mps2_an386 MODEL_DIR=models/small
 *     ecgprune stream RECORD --board mps2_an386
 *
 * Samples come in frames over the UART (link.h), and every event goes back as one. With LIVE_ADC_RATE_HZ defined they
 * come from live_adc_read() instead. Between samples the core sleeps.
 */
#include <stddef.h>

#include "classifier.h"
#include "ecgp_stack.h"
#include "ecgp_stream.h"
#include "ecgp_uart.h"
#include "fault.h"
#include "link.h"

#ifndef LIVE_BAUD
#define LIVE_BAUD 115200u /* a build may set it: 2 leads of 360 Hz take 16 kbit/s */
#endif

/** Called whenever the program has come round, and before it sleeps. Your watchdog is fed here. */
void live_watchdog_feed(void);
__attribute__((weak)) void live_watchdog_feed(void) {}

static ecgp_stream_t stream;
static ecgp_stream_config_t config;
static bool running;
static uint8_t expected;  /* number of the host's next frame */
static bool told;         /* that it has to send again */
static uint32_t events;   /* since the start */

static void send_event(const ecgp_event_t *event)
{
    uint8_t data[16], *to = data;
    *to++ = (uint8_t)event->kind;
    *to++ = event->reason;
    *to++ = event->quality;
    *to++ = event->late ? 1u : 0u;
    to = link_put32(to, event->sample);
    to = link_put32(to, event->rr);
    (void)link_put32(to, (uint32_t)(uint16_t)event->beat_class | (uint32_t)(uint8_t)event->score << 16);
    link_send(LINK_EVENT, data, sizeof data, false);
    events++;
}

static void send_events(void)
{
    ecgp_event_t event;
    while (ecgp_stream_poll(&stream, &event)) {
        send_event(&event);
        live_watchdog_feed();
    }
}

static void take(const int16_t *samples, uint32_t frames)
{
    for (uint32_t at = 0u; at < frames;) {
        at += ecgp_stream_push(&stream, samples + at * config.leads, frames - at);
        send_events();
    }
}

#ifdef LIVE_ADC_RATE_HZ /* with LIVE_ADC_LEADS, LIVE_ADC_UNITS_PER_VOLT, LIVE_ADC_ZERO */
/**
 * What your ADC's interrupt has put into its buffer: yours to write.
 *
 * @param samples  room for `frames` frames, the leads of each one after the other
 * @param frames   number of frames
 * @return how many there were, 0 to `frames`
 */
uint32_t live_adc_read(int16_t *samples, uint32_t frames);

static void take_from_adc(void)
{
    int16_t samples[16u * ECGP_STREAM_LEADS];
    uint32_t frames;
    while ((frames = live_adc_read(samples, 16u)) > 0u) {
        take(samples, frames);
    }
}

static void start_adc(void)
{
    config.rate_hz = LIVE_ADC_RATE_HZ;
    config.leads = LIVE_ADC_LEADS;
    for (uint32_t i = 0u; i < LIVE_ADC_LEADS; i++) {
        config.lead[i].units_per_volt = LIVE_ADC_UNITS_PER_VOLT;
        config.lead[i].zero = LIVE_ADC_ZERO;
    }
    running = ecgp_stream_init(&stream, &config);
}
#endif

/** booted: the device has just started; else it answers LINK_START. */
static void send_hello(bool booted)
{
    const uint8_t data[6] = {LINK_VERSION, (uint8_t)(ECGP_UART_RX_BYTES & 0xFFu), (uint8_t)(ECGP_UART_RX_BYTES >> 8),
                             ECGP_STREAM_LEADS, (uint8_t)live_classifier.classes, booted ? 1u : 0u};
    link_send(LINK_HELLO, data, sizeof data, false);
}

static void acknowledge(link_status status)
{
    const uint8_t data[2] = {expected, (uint8_t)status};
    link_send(LINK_ACK, data, sizeof data, false);
}

/** LINK_START: u8 version, u8 leads, u16 rate, and by lead u32 units per volt, i16 zero, i16 lowest, i16 highest. */
static link_status start(const link_frame *frame)
{
    const uint8_t *from = frame->data + 4;
    const uint8_t leads = frame->data[1];
    running = false;
    events = 0u;
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
    running = ecgp_stream_init(&stream, &config);
    return running ? LINK_OK : LINK_REFUSED;
}

/** LINK_SAMPLES, i16 each, or LINK_CHANGES: i8 differences, -128 before an i16 that stands for itself. */
static void take_frame(const link_frame *frame)
{
    static int16_t last[ECGP_STREAM_LEADS];
    int16_t samples[LINK_MOST_DATA];
    uint32_t count = 0u, lead = 0u, at = 0u;
    while (at < frame->bytes) {
        const int8_t change = (int8_t)frame->data[at];
        if (frame->type == LINK_CHANGES && change != INT8_MIN) {
            last[lead] = (int16_t)(last[lead] + change);
            at++;
        } else {
            at += frame->type == LINK_CHANGES ? 1u : 0u;
            if (at + 2u > frame->bytes) {
                break;
            }
            last[lead] = (int16_t)link_get16(frame->data + at);
            at += 2u;
        }
        samples[count++] = last[lead];
        lead = lead + 1u < config.leads ? lead + 1u : 0u;
    }
    take(samples, count / config.leads);
}

/** Ends the recording: its last events, then counts and the deepest use of the stack. */
static void finish(void)
{
    uint8_t data[20], *to = data;
    ecgp_stream_gap(&stream, 0u);
    send_events();
    to = link_put32(to, events);
    to = link_put32(to, ecgp_uart_overruns());
    to = link_put32(to, link_damaged());
    to = link_put32(to, (uint32_t)ecgp_stack_used());
    (void)link_put32(to, (uint32_t)sizeof stream);
    link_send(LINK_DONE, data, sizeof data, false);
}

/** A frame counts when it is the expected one, or a start. Any other asks for the expected one, once. */
static void handle(const link_frame *frame)
{
    if (frame->type == LINK_START) {
        const link_status status = start(frame);
        expected = (uint8_t)(frame->number + 1u);
        told = false;
        send_hello(false);
        acknowledge(status);
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
    expected = (uint8_t)(expected + 1u);
    told = false;
    if (frame->type == LINK_SAMPLES || frame->type == LINK_CHANGES) {
        take_frame(frame);
    } else if (frame->type == LINK_GAP) {
        ecgp_stream_gap(&stream, link_get32(frame->data));
        send_events();
    } else if (frame->type == LINK_END) {
        finish();
    }
    acknowledge(LINK_OK);
}

int main(void)
{
    static link_frame frame;
    config.classifier = &live_classifier;
    ecgp_uart_init(LIVE_BAUD);
    send_hello(true);
    if (!live_classifier_init()) {
        acknowledge(LINK_NO_MODEL);
        return 1;
    }
#ifdef LIVE_ADC_RATE_HZ
    start_adc();
#endif
    for (;;) {
        live_watchdog_feed();
        if (ecgp_stack_overflowed()) { /* the last word of the stack is its canary */
            fault_report(FAULT_STACK, 0u, 0u, 0u, 0u, 0u);
        }
#ifdef LIVE_ADC_RATE_HZ
        take_from_adc();
#endif
        if (link_receive(&frame)) {
            handle(&frame);
        } else {
            ecgp_uart_wait();
        }
    }
}
