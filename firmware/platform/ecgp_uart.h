/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_uart.h
 * @brief A serial port: bytes arrive by interrupt, wait in a ring, and are read when the program has time.
 *
 * uart.c holds the rings, uart_<kind>.c the registers of each kind of UART; board.mk says which one a board has and
 * where. uart_host.c stands for it on the host, on standard input and output. No function waits in a loop: who must wait
 * sleeps until an interrupt (WFI).
 */
#ifndef ECGP_UART_H
#define ECGP_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ECGP_UART_RX_BYTES
/** Received bytes that wait to be read, a power of two from 2 to 32768. A build may set it. */
#define ECGP_UART_RX_BYTES 256u
#endif
#ifndef ECGP_UART_TX_BYTES
/** Bytes that wait to be sent, a power of two from 2 to 32768. A build may set it. */
#define ECGP_UART_TX_BYTES 128u
#endif

/**
 * @brief Starts the board's UART: 8 data bits, no parity, one stop bit, and its interrupts.
 *
 * @param baud  bits a second, 1200 to 1000000, at most a 16th of ECGP_UART_CLOCK_HZ
 */
void ecgp_uart_init(uint32_t baud);

/**
 * @brief Takes what has arrived; never waits.
 *
 * @param data   room for `bytes` bytes
 * @param bytes  0 or more
 * @return how many were read, 0 to `bytes`
 */
size_t ecgp_uart_read(void *data, size_t bytes);

/**
 * @brief Sends bytes by interrupt. Sleeps while the ring is full. Not to be called from an interrupt.
 *
 * @param data   `bytes` bytes
 * @param bytes  0 or more
 */
void ecgp_uart_write(const void *data, size_t bytes);

/**
 * @brief Sends bytes where no interrupt can come: in a fault handler. What waits in the ring goes first.
 *
 * @param data   `bytes` bytes
 * @param bytes  0 or more
 */
void ecgp_uart_write_polled(const void *data, size_t bytes);

/** @brief Sleeps until a byte has arrived that was not read, or any interrupt comes. */
void ecgp_uart_wait(void);

/**
 * @brief Received bytes that were lost since ecgp_uart_init(), as the ring or the hardware had no room.
 *
 * @return their number; the hardware tells of one for any number in a row
 */
uint32_t ecgp_uart_overruns(void);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_UART_H */
