/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file uart_cmsdk.c
 * @brief APB UART of Arm's Cortex-M System Design Kit (Arm DDI 0479, APB UART), on the MPS2 and MPS3 boards.
 */
#include "uart_driver.h"

#define DATA ECGP_UART_REGISTER(0x00u)
#define STATE ECGP_UART_REGISTER(0x04u)
#define CTRL ECGP_UART_REGISTER(0x08u)
#define INTCLEAR ECGP_UART_REGISTER(0x0Cu)
#define BAUDDIV ECGP_UART_REGISTER(0x10u)

#define STATE_TX_FULL 0x1u
#define STATE_RX_FULL 0x2u
#define STATE_RX_OVERRUN 0x8u
#define CTRL_ON 0xBu /* transmitter, receiver, and its interrupt */
#define CTRL_TX_INTERRUPT 0x4u
#define INT_TX 0x1u
#define INT_RX 0x2u
#define LEAST_DIVIDER 16u

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void);
void ECGP_UART_HANDLER(ECGP_UART_TX_IRQ)(void);

void ecgp_uart_driver_init(uint32_t baud)
{
    const uint32_t divider = ((uint32_t)ECGP_UART_CLOCK_HZ + (baud / 2u)) / baud;
    BAUDDIV = (divider < LEAST_DIVIDER) ? LEAST_DIVIDER : divider;
    CTRL = CTRL_ON;
}

bool ecgp_uart_driver_ready(void) { return (STATE & STATE_TX_FULL) == 0u; }

void ecgp_uart_driver_send(uint8_t byte) { DATA = byte; }

void ecgp_uart_driver_notify(bool wanted)
{
    CTRL = wanted ? (CTRL_ON | CTRL_TX_INTERRUPT) : CTRL_ON;
}

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void)
{
    INTCLEAR = INT_RX;
    if ((STATE & STATE_RX_OVERRUN) != 0u) {
        STATE = STATE_RX_OVERRUN;
        ecgp_uart_lost();
    }
    while ((STATE & STATE_RX_FULL) != 0u) {
        ecgp_uart_received((uint8_t)DATA);
    }
}

void ECGP_UART_HANDLER(ECGP_UART_TX_IRQ)(void)
{
    INTCLEAR = INT_TX;
    ecgp_uart_transmit();
}
