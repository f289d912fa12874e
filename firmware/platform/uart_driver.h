/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file uart_driver.h
 * @brief What uart.c and the registers of one kind of UART ask of each other. See ecgp_uart.h.
 *
 * board.mk gives ECGP_UART_BASE, ECGP_UART_IRQ, ECGP_UART_CLOCK_HZ and, where transmitting or errors have interrupts of
 * their own, ECGP_UART_TX_IRQ and ECGP_UART_ERROR_IRQ. ECGP_UART_SETUP lists what the registers of clocks and pins need
 * before; see ecgp_setup.h.
 */
#ifndef ECGP_UART_DRIVER_H
#define ECGP_UART_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A register of the UART, by its offset. */
#define ECGP_UART_REGISTER(offset) (*(volatile uint32_t *)((uintptr_t)ECGP_UART_BASE + (offset)))

/** The handler of interrupt `number`, as vectors.S names it. */
#define ECGP_UART_HANDLER(number) ECGP_UART_HANDLER_(number)
#define ECGP_UART_HANDLER_(number) IRQ##number##_Handler

/**
 * @brief Driver: sets the registers up; clocks, pins and the interrupt controller are uart.c's.
 *
 * @param baud  bits a second
 */
void ecgp_uart_driver_init(uint32_t baud);

/**
 * @brief Driver: whether the transmitter takes a byte now.
 *
 * @return true: ecgp_uart_driver_send() may be called
 */
bool ecgp_uart_driver_ready(void);

/**
 * @brief Driver: sends a byte.
 *
 * @param byte  what to send
 */
void ecgp_uart_driver_send(uint8_t byte);

/**
 * @brief Driver: whether an interrupt is wanted when the transmitter is ready.
 *
 * @param wanted  true: bytes wait
 */
void ecgp_uart_driver_notify(bool wanted);

/**
 * @brief uart.c: a byte has arrived. For the driver's interrupt handler.
 *
 * @param byte  the byte
 */
void ecgp_uart_received(uint8_t byte);

/** @brief uart.c: the hardware lost a byte. For the driver's interrupt handler. */
void ecgp_uart_lost(void);

/** @brief uart.c: sends what waits while the transmitter is ready. For the driver's interrupt handler. */
void ecgp_uart_transmit(void);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_UART_DRIVER_H */
