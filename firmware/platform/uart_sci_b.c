/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file uart_sci_b.c
 * @brief SCI_B of Renesas' RA8 (R_SCI_B0 and R_ICU in R7FA8D1BH.h of Renesas FSP), its FIFOs off.
 *
 * ECGP_UART_SETUP links its events to interrupts, by IELSR: receive data full to ECGP_UART_IRQ, transmit data empty to
 * ECGP_UART_TX_IRQ, receive error to ECGP_UART_ERROR_IRQ.
 */
#include "uart_driver.h"

#define RDR ECGP_UART_REGISTER(0x00u)
#define TDR ECGP_UART_REGISTER(0x04u)
#define CCR0 ECGP_UART_REGISTER(0x08u)
#define CCR1 ECGP_UART_REGISTER(0x0Cu)
#define CCR2 ECGP_UART_REGISTER(0x10u)
#define CCR3 ECGP_UART_REGISTER(0x14u)
#define CCR4 ECGP_UART_REGISTER(0x18u)
#define CSR ECGP_UART_REGISTER(0x48u)
#define CFCLR ECGP_UART_REGISTER(0x68u)
#define IELSR(number) (*(volatile uint32_t *)(0x4000C300u + (4u * (uint32_t)(number))))

#define CCR0_ON 0x10011u      /* RE, TE, RIE */
#define CCR0_TIE 0x100000u
#define CCR1_IDLE 0x30u       /* SPB2DT, SPB2IO: the line is high while TE is off */
#define CCR2_BASE 0xFF000034u /* no modulation; ABCS, BGDM; BCP as after reset */
#define CCR2_BRR 8u
#define CCR2_CKS 20u
#define CCR3_UART 0x9200u     /* 8 bits, the lowest first, a falling edge starts, internal clock */
#define CSR_ORER 0x1000000u
#define CSR_ERRORS 0x19000000u /* ORER, PER, FER; CFCLR has the same places */
#define CSR_TDRE 0x20000000u
#define CFCLR_ALL 0x9D070010u
#define IELSR_IR 0x10000u
#define BITS_PER_COUNT 8u     /* with ABCS and BGDM, at CKS = 0; each step of CKS makes it 4 times that */
#define MOST_BRR 255u
#define MOST_CKS 3u

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void);
void ECGP_UART_HANDLER(ECGP_UART_TX_IRQ)(void);
void ECGP_UART_HANDLER(ECGP_UART_ERROR_IRQ)(void);

/** Takes the event back; reading makes sure that it is done before the handler ends. */
static void taken(volatile uint32_t *event)
{
    *event &= ~IELSR_IR;
    (void)*event;
}

static void clear_errors(void)
{
    const uint32_t errors = CSR & CSR_ERRORS;
    if (errors != 0u) {
        if ((errors & CSR_ORER) != 0u) {
            ecgp_uart_lost();
        }
        CFCLR = errors;
    }
}

void ecgp_uart_driver_init(uint32_t baud)
{
    uint32_t count = BITS_PER_COUNT * baud;
    uint32_t cks = 0u;
    while ((((uint32_t)ECGP_UART_CLOCK_HZ + (count / 2u)) / count > (MOST_BRR + 1u)) && (cks < MOST_CKS)) {
        count *= 4u;
        cks++;
    }
    CCR0 = 0u;
    CCR3 = CCR3_UART;
    CCR2 = CCR2_BASE | (cks << CCR2_CKS) |
           (((((uint32_t)ECGP_UART_CLOCK_HZ + (count / 2u)) / count) - 1u) << CCR2_BRR);
    CCR1 = CCR1_IDLE;
    CCR4 = 0u;
    CFCLR = CFCLR_ALL;
    CCR0 = CCR0_ON;
}

bool ecgp_uart_driver_ready(void) { return (CSR & CSR_TDRE) != 0u; }

void ecgp_uart_driver_send(uint8_t byte) { TDR = byte; }

void ecgp_uart_driver_notify(bool wanted) { CCR0 = wanted ? (CCR0_ON | CCR0_TIE) : CCR0_ON; }

void ECGP_UART_HANDLER(ECGP_UART_IRQ)(void)
{
    taken(&IELSR(ECGP_UART_IRQ));
    ecgp_uart_received((uint8_t)RDR);
    clear_errors(); /* a byte that came while this one was not read is lost */
}

void ECGP_UART_HANDLER(ECGP_UART_TX_IRQ)(void)
{
    taken(&IELSR(ECGP_UART_TX_IRQ));
    ecgp_uart_transmit();
}

/** Of a broken byte nobody is told: reading takes it away, and the next one can come. */
void ECGP_UART_HANDLER(ECGP_UART_ERROR_IRQ)(void)
{
    (void)RDR;
    clear_errors();
    taken(&IELSR(ECGP_UART_ERROR_IRQ));
}
