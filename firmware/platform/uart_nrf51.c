/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file uart_nrf51.c
 * @brief UART of Nordic's nRF51 (nRF51 Series Reference Manual 3.0, chapter 29).
 */
#include "uart_driver.h"

#define STARTRX ECGP_UART_REGISTER(0x000u)
#define STARTTX ECGP_UART_REGISTER(0x008u)
#define RXDRDY ECGP_UART_REGISTER(0x108u)
#define TXDRDY ECGP_UART_REGISTER(0x11Cu)
#define ERROR ECGP_UART_REGISTER(0x124u)
#define INTENSET ECGP_UART_REGISTER(0x304u)
#define INTENCLR ECGP_UART_REGISTER(0x308u)
#define ERRORSRC ECGP_UART_REGISTER(0x480u)
#define ENABLE ECGP_UART_REGISTER(0x500u)
#define RXD ECGP_UART_REGISTER(0x518u)
#define TXD ECGP_UART_REGISTER(0x51Cu)
#define BAUDRATE ECGP_UART_REGISTER(0x524u)

#define INT_RXDRDY 0x4u
#define INT_TXDRDY 0x80u
#define INT_ERROR 0x200u
#define OVERRUN 0x1u
#define ENABLED 4u

static volatile bool sending; /* a byte that TXDRDY has not told of */

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void);

void ecgp_uart_driver_init(uint32_t baud)
{
    sending = false;
    ENABLE = ENABLED;
    BAUDRATE = (((baud * 1024u) + 7812u) / 15625u) << 12; /* baud * 2^32 / 16 MHz, to its upper 20 bits */
    RXDRDY = 0u;
    TXDRDY = 0u;
    ERROR = 0u;
    INTENSET = INT_RXDRDY | INT_ERROR;
    STARTTX = 1u;
    STARTRX = 1u;
}

bool ecgp_uart_driver_ready(void)
{
    if (sending && TXDRDY != 0u) {
        TXDRDY = 0u;
        sending = false;
    }
    return !sending;
}

void ecgp_uart_driver_send(uint8_t byte)
{
    sending = true;
    TXD = byte;
}

void ecgp_uart_driver_notify(bool wanted)
{
    if (wanted) {
        INTENSET = INT_TXDRDY;
    } else {
        INTENCLR = INT_TXDRDY;
    }
}

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void)
{
    if (ERROR != 0u) {
        const uint32_t source = ERRORSRC;
        ERROR = 0u;
        ERRORSRC = source;
        if ((source & OVERRUN) != 0u) {
            ecgp_uart_lost();
        }
    }
    while (RXDRDY != 0u) {
        RXDRDY = 0u; /* before RXD is read: the next byte of its queue sets it again */
        ecgp_uart_received((uint8_t)RXD);
    }
    ecgp_uart_transmit();
}
