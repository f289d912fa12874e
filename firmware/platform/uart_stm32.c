/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file uart_stm32.c
 * @brief USART of ST's STM32F1 and F4 (reference manuals RM0041 and RM0090, USART registers).
 */
#include "uart_driver.h"

#define SR ECGP_UART_REGISTER(0x00u)
#define DR ECGP_UART_REGISTER(0x04u)
#define BRR ECGP_UART_REGISTER(0x08u)
#define CR1 ECGP_UART_REGISTER(0x0Cu)

#define SR_ORE 0x8u
#define SR_RXNE 0x20u
#define SR_TXE 0x80u
#define CR1_ON 0x202Cu /* UE, TE, RE, RXNEIE */
#define CR1_TXEIE 0x80u

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void);

void ecgp_uart_driver_init(uint32_t baud)
{
    BRR = ((uint32_t)ECGP_UART_CLOCK_HZ + (baud / 2u)) / baud;
    CR1 = CR1_ON;
}

bool ecgp_uart_driver_ready(void) { return (SR & SR_TXE) != 0u; }

void ecgp_uart_driver_send(uint8_t byte) { DR = byte; }

void ecgp_uart_driver_notify(bool wanted) { CR1 = wanted ? (CR1_ON | CR1_TXEIE) : CR1_ON; }

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void)
{
    const uint32_t state = SR; /* reading SR, then DR, clears RXNE and ORE */
    if ((state & (SR_RXNE | SR_ORE)) != 0u) {
        const uint8_t byte = (uint8_t)DR;
        if ((state & SR_ORE) != 0u) {
            ecgp_uart_lost();
        }
        if ((state & SR_RXNE) != 0u) {
            ecgp_uart_received(byte);
        }
    }
    ecgp_uart_transmit();
}
