/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file main.c
 * @brief Runs a generated model over vectors that come over the UART, and counts the cycles of each invocation.
 *
 *     ecgprune flash model.tflite --board nrf52840dk
 *     ecgprune verify model.tflite --on-target /dev/ttyACM0
 *
 * Frames are those of link.h; docs/internals/live-protocol.md says what they hold. The comparison is the host's: an image
 * holds no vectors, and any number of them can run.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counter.h"
#include "ecgp_model.h"
#include "ecgp_stack.h"
#include "ecgp_uart.h"
#include "fault.h"
#include "link.h"

#ifndef SERIAL_BAUD
#define SERIAL_BAUD 115200u /* a build may set it */
#endif
#ifndef SERIAL_BUILD
#define SERIAL_BUILD 0u /* tells builds of one model apart; a build may set it */
#endif

/** What LINK_ABOUT tells; the first byte of its data. A text may take several frames, in the order of their numbers. */
typedef enum { ABOUT_NUMBERS = 0, ABOUT_NAME = 1, ABOUT_SHA256 = 2, ABOUT_BOARD = 3, ABOUT_CORE = 4 } about;

static ecgp_model_t model;
/* An empty model has an arena of 0 bytes, which C has no array for. */
static uint8_t arena[ECGP_MODEL_ARENA_BYTES > 0 ? ECGP_MODEL_ARENA_BYTES : 1] __attribute__((aligned(16)));

static counter_kind counter;
static bool running;        /* the model is initialized */
static bool invoked;        /* since then */
static uint8_t last_run;    /* number of the last LINK_RUN */
static uint8_t about_frames;

/** How the last invocation went. */
static struct {
    uint32_t vector;
    uint32_t cycles;
    ecgp_status status;
} result;

/** Before an invocation: nothing may interrupt it but SysTick, where that is what counts. */
static void interrupts_off(void)
{
#if defined(__arm__)
    ecgp_uart_write_polled(NULL, 0u); /* what is still to be sent would interrupt too; leaves interrupts off */
    if (counter == COUNTER_SYSTICK) {
        __asm__ volatile("cpsie i\n\tisb" ::: "memory");
    }
#endif
}

static void interrupts_on(void)
{
#if defined(__arm__)
    __asm__ volatile("cpsie i\n\tisb" ::: "memory");
#endif
}

static uint32_t bytes_of(bool outputs)
{
    uint32_t bytes = 0u;
    for (int i = 0; i < (outputs ? (int)ECGP_MODEL_OUTPUTS : (int)ECGP_MODEL_INPUTS); i++) {
        bytes += outputs ? (uint32_t)ECGP_MODEL_OUTPUT_BYTES(i) : (uint32_t)ECGP_MODEL_INPUT_BYTES(i);
    }
    return bytes;
}

/** booted: the device has just started; else it answers LINK_START. No leads: this is not the live program. */
static void send_hello(bool booted)
{
    const uint8_t data[6] = {LINK_VERSION, (uint8_t)(ECGP_UART_RX_BYTES & 0xFFu), (uint8_t)(ECGP_UART_RX_BYTES >> 8),
                             0u, 0u, booted ? 1u : 0u};
    link_send(LINK_HELLO, 0u, data, sizeof data, false);
}

static void send_text(about what, const char *text)
{
    uint8_t data[LINK_MOST_DATA];
    uint32_t bytes = 0u;
    data[bytes++] = (uint8_t)what;
    while (*text != '\0') {
        data[bytes++] = (uint8_t)*text++;
        if (bytes == LINK_MOST_DATA) {
            link_send(LINK_ABOUT, about_frames++, data, bytes, false);
            bytes = 1u;
        }
    }
    link_send(LINK_ABOUT, about_frames++, data, bytes, false);
}

static void send_about(void)
{
    uint8_t data[1u + 4u * 9u], *to = data;
    about_frames = 1u;
    send_text(ABOUT_NAME, ECGP_MODEL_NAME);
    send_text(ABOUT_SHA256, ECGP_MODEL_SHA256);
    send_text(ABOUT_BOARD, ECGP_BOARD_NAME);
    send_text(ABOUT_CORE, ECGP_BOARD_CORE);
    const uint32_t numbers[9] = {about_frames, SERIAL_BUILD, (uint32_t)ECGP_BOARD_CLOCK_HZ, (uint32_t)counter,
                                 COUNTER_PROBE_INSTRUCTIONS, counter_probe(), bytes_of(false), bytes_of(true),
                                 (uint32_t)ECGP_MODEL_ARENA_BYTES};
    *to++ = (uint8_t)ABOUT_NUMBERS;
    for (uint32_t i = 0u; i < 9u; i++) {
        to = link_put32(to, numbers[i]);
    }
    link_send(LINK_ABOUT, 0u, data, sizeof data, false);
}

static void acknowledge(const link_frame *frame, link_status status)
{
    const uint8_t data[3] = {(uint8_t)(frame->number + 1u), (uint8_t)status, 0u};
    link_send(LINK_ACK, 0u, data, sizeof data, false);
}

/** LINK_START: u8 version, u8 0 (no leads), u16 0. The model begins anew, with its state as after a reset. */
static link_status start(const link_frame *frame)
{
    running = false;
    invoked = false;
    counter = counter_init(); /* not at reset: QEMU's SysTick stands still for a while */
    if (frame->bytes != 4u || frame->data[0] != LINK_VERSION || frame->data[1] != 0u) {
        return LINK_REFUSED;
    }
    running = ecgp_model_init(&model, arena, sizeof arena) == ECGP_OK;
    return running ? LINK_OK : LINK_NO_MODEL;
}

/** LINK_INPUT: u32 place in the inputs, laid one after the other, and the bytes that stand there. */
static link_status take_input(const link_frame *frame)
{
    int index = 0;
    uint32_t at = frame->bytes > 4u ? link_get32(frame->data) : UINT32_MAX;
    for (uint32_t i = 4u; i < frame->bytes; i++, at++) {
        while (index < (int)ECGP_MODEL_INPUTS && at >= (uint32_t)ECGP_MODEL_INPUT_BYTES(index)) {
            at -= (uint32_t)ECGP_MODEL_INPUT_BYTES(index);
            index++;
        }
        if (index == (int)ECGP_MODEL_INPUTS) {
            return LINK_REFUSED;
        }
        ((uint8_t *)ecgp_model_input(&model, index))[at] = frame->data[i];
    }
    return LINK_OK;
}

/** LINK_RUN: u32 number of the vector. One that comes again is not run again: the state would be another. */
static void run(const link_frame *frame)
{
    if (invoked && frame->number == last_run) {
        return;
    }
    invoked = true;
    last_run = frame->number;
    result.vector = frame->bytes == 4u ? link_get32(frame->data) : UINT32_MAX;
    interrupts_off();
    const uint32_t before = counter_read();
    result.status = ecgp_model_invoke(&model);
    result.cycles = counter_read() - before;
    interrupts_on();
}

/** LINK_RESULT: u32 vector, u32 cycles, u32 deepest stack, u8 -status; then the outputs as LINK_OUTPUT, as inputs come. */
static void send_result(void)
{
    uint8_t data[LINK_MOST_DATA], *to = data;
    uint32_t place = 0u, bytes = 0u;
    to = link_put32(to, result.vector);
    to = link_put32(to, result.cycles);
    to = link_put32(to, (uint32_t)ecgp_stack_used());
    *to = (uint8_t)-(int)result.status;
    link_send(LINK_RESULT, 0u, data, 13u, false);
    for (int i = 0; result.status == ECGP_OK && i < (int)ECGP_MODEL_OUTPUTS; i++) {
        const uint8_t *const from = (const uint8_t *)ecgp_model_output(&model, i);
        for (uint32_t at = 0u; at < (uint32_t)ECGP_MODEL_OUTPUT_BYTES(i); at += bytes) {
            to = link_put32(data, place);
            for (bytes = 0u; bytes < LINK_MOST_DATA - 4u && at + bytes < (uint32_t)ECGP_MODEL_OUTPUT_BYTES(i); bytes++) {
                *to++ = from[at + bytes];
            }
            link_send(LINK_OUTPUT, (uint8_t)result.vector, data, 4u + bytes, false);
            place += bytes;
        }
    }
}

/** Answers a frame of the host, which waits for the acknowledgement before it sends another one. */
static void handle(const link_frame *frame)
{
    link_status status = running ? LINK_OK : LINK_REFUSED;
    if (frame->type == LINK_START) {
        status = start(frame);
        send_hello(false);
        send_about();
    } else if (running && frame->type == LINK_INPUT) {
        status = take_input(frame);
    } else if (running && frame->type == LINK_RUN) {
        run(frame);
        send_result();
    } else {
        status = LINK_REFUSED;
    }
    acknowledge(frame, status);
}

int main(void)
{
    link_frame frame;
    ecgp_uart_init(SERIAL_BAUD);
    send_hello(true);
    for (;;) {
        if (ecgp_stack_overflowed()) { /* the last word of the stack is its canary */
            fault_report(FAULT_STACK, 0u, 0u, 0u, 0u, 0u);
        }
        if (link_receive(&frame)) {
            handle(&frame);
        } else {
            ecgp_uart_wait();
        }
    }
}
