/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file uart_sercom.c
 * @brief SERCOM of Microchip's SAM D21 as a UART that receives on pad 3 and sends on pad 2 (DS40001882, chapters 15, 26).
 *
 * Its clock is generic clock 0, the core's.
 */
#include "uart_driver.h"

#define CTRLA ECGP_UART_REGISTER(0x00u)
#define CTRLB ECGP_UART_REGISTER(0x04u)
#define SYNCBUSY ECGP_UART_REGISTER(0x1Cu)
#define REGISTER8(offset) (*(volatile uint8_t *)((uintptr_t)ECGP_UART_BASE + (offset)))
#define REGISTER16(offset) (*(volatile uint16_t *)((uintptr_t)ECGP_UART_BASE + (offset)))
#define BAUD REGISTER16(0x0Cu)
#define INTENCLR REGISTER8(0x14u)
#define INTENSET REGISTER8(0x16u)
#define INTFLAG REGISTER8(0x18u)
#define STATUS REGISTER16(0x1Au)
#define DATA REGISTER16(0x28u)
#define GCLK_CLKCTRL (*(volatile uint16_t *)0x40000C02u)

#define CTRLA_RESET 1u
#define CTRLA_ENABLE 2u
#define CTRLA_UART 0x40310004u /* the lowest bit first, RXPO 3, TXPO 1, internal clock */
#define CTRLB_ON 0x30000u      /* RXEN, TXEN */
#define INT_DRE 0x1u
#define INT_RXC 0x4u
#define STATUS_BUFOVF 0x4u
#define CLKCTRL_ON 0x4000u     /* CLKEN, generator 0 */
#define CLKCTRL_SERCOM0 0x14u
#define SERCOM0 0x42000800u
#define SERCOM_BYTES 0x400u

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void);

static void synchronize(void)
{
    while (SYNCBUSY != 0u) {
    }
}

void ecgp_uart_driver_init(uint32_t baud)
{
    const uint32_t number = ((uint32_t)ECGP_UART_BASE - SERCOM0) / SERCOM_BYTES;
    GCLK_CLKCTRL = (uint16_t)(CLKCTRL_ON | (CLKCTRL_SERCOM0 + number));
    CTRLA = CTRLA_RESET;
    synchronize();
    CTRLA = CTRLA_UART;
    BAUD = (uint16_t)(65536u - ((baud * 4096u) / ((uint32_t)ECGP_UART_CLOCK_HZ / 256u))); /* 65536 (1 - 16 baud / clock) */
    CTRLB = CTRLB_ON;
    synchronize();
    INTENSET = INT_RXC;
    CTRLA = CTRLA_UART | CTRLA_ENABLE;
    synchronize();
}

bool ecgp_uart_driver_ready(void) { return (INTFLAG & INT_DRE) != 0u; }

void ecgp_uart_driver_send(uint8_t byte) { DATA = byte; }

void ecgp_uart_driver_notify(bool wanted)
{
    if (wanted) {
        INTENSET = INT_DRE;
    } else {
        INTENCLR = INT_DRE;
    }
}

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void)
{
    if ((STATUS & STATUS_BUFOVF) != 0u) {
        STATUS = STATUS_BUFOVF;
        ecgp_uart_lost();
    }
    while ((INTFLAG & INT_RXC) != 0u) {
        ecgp_uart_received((uint8_t)DATA);
    }
    ecgp_uart_transmit();
}
