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
#include "classifier.h"
#include "ecgp_stack.h"
#include "ecgp_uart.h"
#include "fault.h"
#include "live.h"
#include "outbox.h"

#ifndef LIVE_BAUD
#define LIVE_BAUD 115200u /* a build may set it: 2 leads of 360 Hz take 16 kbit/s */
#endif
#ifdef LIVE_ADC_RATE_HZ
#define FROM_ADC true
#else
#define FROM_ADC false
#endif

ecgp_stream_t live_stream;

__attribute__((weak)) void live_watchdog_feed(void) {}

void live_send_hello(bool booted)
{
    const uint8_t data[6] = {LINK_VERSION, (uint8_t)(ECGP_UART_RX_BYTES & 0xFFu), (uint8_t)(ECGP_UART_RX_BYTES >> 8),
                             ECGP_STREAM_LEADS, (uint8_t)live_classifier.classes, booted ? 1u : 0u};
    link_send(LINK_HELLO, 0u, data, sizeof data, false);
}

bool live_send_events(void)
{
    ecgp_event_t event;
    while (FROM_ADC || outbox_has_room()) {
        live_watchdog_feed();
        if (!ecgp_stream_poll(&live_stream, &event)) {
            return true;
        }
        outbox_send(&event);
    }
    return false;
}

static void handle(const link_frame *frame)
{
    if (frame->type != LINK_GOT) {
        live_source_frame(frame);
    } else if (frame->bytes == 2u) {
        outbox_got(frame->data[0], frame->data[1] != 0u);
        if (frame->data[1] != 0u) {
            live_source_asked();
        }
    }
}

static int give_up(link_status status)
{
    const uint8_t data[3] = {0u, (uint8_t)status, 0u};
    link_send(LINK_ACK, 0u, data, sizeof data, false);
    return 1;
}

int main(void)
{
    link_frame frame;
    ecgp_uart_init(LIVE_BAUD);
    live_send_hello(true);
    if (!live_classifier_init()) {
        return give_up(LINK_NO_MODEL);
    }
    if (!live_source_start()) {
        return give_up(LINK_REFUSED);
    }
    for (;;) {
        live_watchdog_feed();
        if (ecgp_stack_overflowed()) { /* the last word of the stack is its canary */
            fault_report(FAULT_STACK, 0u, 0u, 0u, 0u, 0u);
        }
        live_source_work();
        if (link_receive(&frame)) {
            handle(&frame);
        } else {
            ecgp_uart_wait();
        }
    }
}
