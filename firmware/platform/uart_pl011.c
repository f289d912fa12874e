/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file uart_pl011.c
 * @brief Arm's PrimeCell UART PL011 (Arm DDI 0183, chapter 3), in Raspberry Pi's RP2040 and RP2350, Ambiq's Apollo4.
 *
 * Its FIFOs stay off: a byte is told of when it is there. ECGP_UART_CR are bits that the part adds to the control
 * register: those of its clock in the Apollo4, which have to be there before the divider is.
 */
#include "uart_driver.h"

#define DR ECGP_UART_REGISTER(0x00u)
#define FR ECGP_UART_REGISTER(0x18u)
#define IBRD ECGP_UART_REGISTER(0x24u)
#define FBRD ECGP_UART_REGISTER(0x28u)
#define LCR_H ECGP_UART_REGISTER(0x2Cu)
#define CR ECGP_UART_REGISTER(0x30u)
#define IMSC ECGP_UART_REGISTER(0x38u)
#define ICR ECGP_UART_REGISTER(0x44u)

#define DR_OVERRUN 0x800u
#define FR_RXFE 0x10u
#define FR_TXFF 0x20u
#define LCR_H_8_BITS 0x60u
#ifndef ECGP_UART_CR
#define ECGP_UART_CR 0u
#endif
#define CR_ON ((uint32_t)ECGP_UART_CR | 0x301u) /* UARTEN, TXE, RXE */
#define INT_RX 0x10u
#define INT_TX 0x20u
#define INT_OVERRUN 0x400u

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void);

void ecgp_uart_driver_init(uint32_t baud)
{
    const uint32_t divider = (((uint32_t)ECGP_UART_CLOCK_HZ * 4u) + (baud / 2u)) / baud; /* in 64ths of clock / 16 */
    CR = (uint32_t)ECGP_UART_CR;
    IBRD = divider / 64u;
    FBRD = divider % 64u;
    LCR_H = LCR_H_8_BITS; /* takes the divider over */
    IMSC = INT_RX | INT_OVERRUN;
    CR = CR_ON;
}

bool ecgp_uart_driver_ready(void) { return (FR & FR_TXFF) == 0u; }

void ecgp_uart_driver_send(uint8_t byte) { DR = byte; }

void ecgp_uart_driver_notify(bool wanted)
{
    IMSC = wanted ? (INT_RX | INT_OVERRUN | INT_TX) : (INT_RX | INT_OVERRUN);
}

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void)
{
    ICR = INT_TX | INT_OVERRUN; /* reading DR takes INT_RX back */
    while ((FR & FR_RXFE) == 0u) {
        const uint32_t data = DR;
        if ((data & DR_OVERRUN) != 0u) {
            ecgp_uart_lost();
        }
        ecgp_uart_received((uint8_t)data);
    }
    ecgp_uart_transmit();
}
