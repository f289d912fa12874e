/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file uart_host.c
 * @brief The UART of the host: standard input and output; see ecgp_uart.h. The program ends when its input does.
 */
#define _POSIX_C_SOURCE 200809L /* poll() */
#include "ecgp_uart.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/** Whether standard input has bytes, or its end; waits at most `milliseconds`, -1: for ever. */
static bool has_input(int milliseconds)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, milliseconds) > 0;
}

void ecgp_uart_init(uint32_t baud) { (void)baud; }

size_t ecgp_uart_read(void *data, size_t bytes)
{
    ssize_t count = 0;
    if (has_input(0)) {
        count = read(STDIN_FILENO, data, bytes);
        if (count <= 0) {
            exit(EXIT_SUCCESS);
        }
    }
    return (size_t)count;
}

void ecgp_uart_write(const void *data, size_t bytes)
{
    const uint8_t *const from = data;
    size_t sent = 0;
    while (sent < bytes) {
        ssize_t count = write(STDOUT_FILENO, &from[sent], bytes - sent);
        if (count <= 0) {
            exit(EXIT_FAILURE);
        }
        sent += (size_t)count;
    }
}

void ecgp_uart_write_polled(const void *data, size_t bytes) { ecgp_uart_write(data, bytes); }

void ecgp_uart_wait(void) { (void)has_input(-1); }

uint32_t ecgp_uart_overruns(void) { return 0; }
