/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file uart_stm32_isr.c
 * @brief USART of ST's later STM32: F0, F3, F7, G, H, L4, L5, U5 (RM0351 and RM0456, USART registers).
 *
 * Its FIFO is off after reset and stays so.
 */
#include "uart_driver.h"

#define CR1 ECGP_UART_REGISTER(0x00u)
#define BRR ECGP_UART_REGISTER(0x0Cu)
#define ISR ECGP_UART_REGISTER(0x1Cu)
#define ICR ECGP_UART_REGISTER(0x20u)
#define RDR ECGP_UART_REGISTER(0x24u)
#define TDR ECGP_UART_REGISTER(0x28u)

#define ISR_ORE 0x8u
#define ISR_RXNE 0x20u
#define ISR_TXE 0x80u
#define ICR_ORECF 0x8u
#define CR1_ON 0x2Du /* UE, RE, TE, RXNEIE */
#define CR1_TXEIE 0x80u

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void);

void ecgp_uart_driver_init(uint32_t baud)
{
    CR1 = 0u; /* BRR may only be written while the USART is off */
    BRR = ((uint32_t)ECGP_UART_CLOCK_HZ + (baud / 2u)) / baud;
    CR1 = CR1_ON;
}

bool ecgp_uart_driver_ready(void) { return (ISR & ISR_TXE) != 0u; }

void ecgp_uart_driver_send(uint8_t byte) { TDR = byte; }

void ecgp_uart_driver_notify(bool wanted) { CR1 = wanted ? (CR1_ON | CR1_TXEIE) : CR1_ON; }

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void)
{
    const uint32_t state = ISR;
    if ((state & ISR_RXNE) != 0u) {
        ecgp_uart_received((uint8_t)RDR);
    }
    if ((state & ISR_ORE) != 0u) {
        ICR = ICR_ORECF;
        ecgp_uart_lost();
    }
    ecgp_uart_transmit();
}
