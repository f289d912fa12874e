/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file bare.c
 * @brief The port for a product, where no debugger listens: text goes to the UART, the end of the program is a reset.
 */
#include "ecgp_port.h"
#include "ecgp_uart.h"

/* SysTick, ARMv7-M ARM B3.3 and ARMv6-M ARM B3.3; AIRCR, B3.2.6. */
#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)
#define SYST_CSR_ENABLE_CORE_CLOCK 5u
#define AIRCR (*(volatile uint32_t *)0xE000ED0Cu)
#define AIRCR_RESET 0x05FA0004u

int ecgp_port_open(const char *path, ecgp_port_mode mode)
{
    (void)path;
    (void)mode;
    return -1; /* there are no files */
}

size_t ecgp_port_read(int file, void *data, size_t bytes)
{
    (void)file;
    (void)data;
    (void)bytes;
    return 0;
}

size_t ecgp_port_write(int file, const void *data, size_t bytes)
{
    (void)file;
    (void)data;
    (void)bytes;
    return 0;
}

int ecgp_port_close(int file)
{
    (void)file;
    return -1;
}

void ecgp_port_print(const char *text)
{
    size_t length = 0u;
    while (text[length] != '\0') {
        length++;
    }
    ecgp_uart_write_polled(text, length);
}

uint32_t ecgp_port_ticks(void) { return ECGP_PORT_TICKS_MODULO - 1u - SYST_CVR; }

void ecgp_port_exit(int status)
{
    (void)status;
    __asm__ volatile("dsb" ::: "memory");
    AIRCR = AIRCR_RESET;
    for (;;) {
    }
}

int ecgp_port_start(char ***argv)
{
    static char *none[1];
    SYST_RVR = ECGP_PORT_TICKS_MODULO - 1u;
    SYST_CVR = 0u;
    SYST_CSR = SYST_CSR_ENABLE_CORE_CLOCK;
    *argv = none;
    return 0;
}
