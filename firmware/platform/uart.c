/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file uart.c
 * @brief The rings of a UART on a Cortex-M, and how a program sleeps; see ecgp_uart.h. The registers are the driver's.
 */
#include "ecgp_setup.h"
#include "ecgp_uart.h"
#include "uart_driver.h"

#define NVIC_ISER(number) (*(volatile uint32_t *)(0xE000E100u + 4u * ((number) / 32u))) /* ARMv7-M ARM B3.4.4 */

/** One writer and one reader: an interrupt and the program. Indices count on, modulo 2^16; the ring's size divides it. */
typedef struct {
    volatile uint16_t rx_in;   /**< the interrupt's */
    volatile uint16_t rx_out;  /**< the program's */
    volatile uint16_t tx_in;   /**< the program's */
    volatile uint16_t tx_out;  /**< changed with interrupts off, or in one */
    volatile uint32_t overruns;
    uint8_t rx[ECGP_UART_RX_BYTES];
    uint8_t tx[ECGP_UART_TX_BYTES];
} rings;

static rings uart;

static void interrupts_off(void) { __asm__ volatile("cpsid i" ::: "memory"); }
static void interrupts_on(void) { __asm__ volatile("cpsie i\n\tisb" ::: "memory"); }

/** Sleeps with interrupts off: a pending one wakes the core and runs when they are on, so none is missed in between. */
static void sleep(void) { __asm__ volatile("dsb\n\twfi" ::: "memory"); }

static void enable(uint32_t number) { NVIC_ISER(number) = 1u << (number % 32u); }

void ecgp_uart_init(uint32_t baud)
{
#ifdef ECGP_UART_SETUP
    static const uint32_t setup[][ECGP_SETUP_FIELDS] = {ECGP_UART_SETUP};
    ecgp_setup(setup, (uint32_t)(sizeof(setup) / sizeof(setup[0])));
#endif
    uart.rx_in = 0u;
    uart.rx_out = 0u;
    uart.tx_in = 0u;
    uart.tx_out = 0u;
    uart.overruns = 0u;
    ecgp_uart_driver_init(baud);
    enable(ECGP_UART_IRQ);
#ifdef ECGP_UART_TX_IRQ
    enable(ECGP_UART_TX_IRQ);
#endif
#ifdef ECGP_UART_ERROR_IRQ
    enable(ECGP_UART_ERROR_IRQ);
#endif
}

void ecgp_uart_received(uint8_t byte)
{
    const uint16_t in = uart.rx_in;
    if ((uint16_t)(in - uart.rx_out) < ECGP_UART_RX_BYTES) {
        uart.rx[in % ECGP_UART_RX_BYTES] = byte;
        uart.rx_in = (uint16_t)(in + 1u);
    } else {
        uart.overruns++;
    }
}

void ecgp_uart_lost(void) { uart.overruns++; }

size_t ecgp_uart_read(void *data, size_t bytes)
{
    uint8_t *const to = data;
    uint16_t out = uart.rx_out;
    size_t n = 0u;
    while ((n < bytes) && (out != uart.rx_in)) {
        to[n] = uart.rx[out % ECGP_UART_RX_BYTES];
        n++;
        out = (uint16_t)(out + 1u);
    }
    uart.rx_out = out;
    return n;
}

void ecgp_uart_transmit(void)
{
    while (uart.tx_out != uart.tx_in) {
        if (!ecgp_uart_driver_ready()) {
            ecgp_uart_driver_notify(true);
            if (!ecgp_uart_driver_ready()) { /* it may have become so just before */
                return;
            }
        }
        ecgp_uart_driver_send(uart.tx[uart.tx_out % ECGP_UART_TX_BYTES]);
        uart.tx_out = (uint16_t)(uart.tx_out + 1u);
    }
    ecgp_uart_driver_notify(false);
}

void ecgp_uart_write(const void *data, size_t bytes)
{
    const uint8_t *from = data;
    for (size_t n = 0u; n < bytes; n++) {
        interrupts_off();
        while ((uint16_t)(uart.tx_in - uart.tx_out) >= ECGP_UART_TX_BYTES) {
            sleep();
            interrupts_on(); /* the handler runs here */
            interrupts_off();
        }
        uart.tx[uart.tx_in % ECGP_UART_TX_BYTES] = from[n];
        uart.tx_in = (uint16_t)(uart.tx_in + 1u);
        ecgp_uart_transmit();
        interrupts_on();
    }
}

void ecgp_uart_write_polled(const void *data, size_t bytes)
{
    const uint8_t *const from = data;
    interrupts_off();
    size_t n = 0u;
    while ((uart.tx_out != uart.tx_in) || (n < bytes)) {
        while (!ecgp_uart_driver_ready()) {
        }
        if (uart.tx_out != uart.tx_in) {
            ecgp_uart_driver_send(uart.tx[uart.tx_out % ECGP_UART_TX_BYTES]);
            uart.tx_out = (uint16_t)(uart.tx_out + 1u);
        } else {
            ecgp_uart_driver_send(from[n]);
            n++;
        }
    }
    while (!ecgp_uart_driver_ready()) { /* the last one is on its way before a reset */
    }
}

void ecgp_uart_wait(void)
{
    interrupts_off();
    if (uart.rx_in == uart.rx_out) {
        sleep();
    }
    interrupts_on();
}

uint32_t ecgp_uart_overruns(void) { return uart.overruns; }
