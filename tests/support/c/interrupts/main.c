/** @file main.c @brief An interrupt by number, one by its board's name, and PendSV arrive in the program's handlers. */
#include <stdint.h>

#include "ecgp_port.h"

#define ICSR (*(volatile uint32_t *)0xE000ED04u)
#define PENDSVSET (1u << 28)
#define NVIC_ISER (*(volatile uint32_t *)0xE000E100u)
#define NVIC_ISPR (*(volatile uint32_t *)0xE000E200u)
#define UART0_Handler IRQ0_Handler
#define UART0 0u

void IRQ31_Handler(void);
void UART0_Handler(void);
void PendSV_Handler(void);
int main(void);

static volatile uint32_t seen;

void IRQ31_Handler(void) { seen = seen * 10u + 1u; }
void UART0_Handler(void) { seen = seen * 10u + 2u; }
void PendSV_Handler(void) { seen = seen * 10u + 3u; }

static void interrupt(uint32_t number)
{
    NVIC_ISER = 1u << number;
    NVIC_ISPR = 1u << number;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

int main(void)
{
    interrupt(31u);
    interrupt(UART0);
    ICSR = PENDSVSET;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    if (seen != 123u) {
        ecgp_port_print("a handler was not called\n");
        return 1;
    }
    interrupt(7u);
    return 2; /* interrupt 7 has no handler: it ends the program */
}
