/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file semihosting.c
 * @brief The port for a Cortex-M under QEMU or a debugger: Arm semihosting 2.0 and the core's SysTick timer.
 *
 * Operation numbers and parameter blocks: "Semihosting for AArch32 and AArch64", Arm, release 2.0.
 */
#include "ecgp_port.h"

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_GET_CMDLINE = 0x15,
    SYS_EXIT_EXTENDED = 0x20
};
enum { OPEN_RB = 1, OPEN_WB = 5 };
enum { ADP_STOPPED_APPLICATION_EXIT = 0x20026 };
enum { COMMAND_LINE_BYTES = 256, ARGUMENTS = 16 };

/* SysTick, ARMv7-M ARM B3.3 and ARMv6-M ARM B3.3: a 24-bit timer that counts down. */
#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)
#define SYST_CSR_ENABLE_CORE_CLOCK 5u

/**
 * One semihosting operation.
 *
 * @param operation   SYS_*
 * @param parameters  the operation's parameter block, or a text for SYS_WRITE0
 * @return the operation's answer
 */
static int32_t semihost(uint32_t operation, const void *parameters)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameters;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

int ecgp_port_open(const char *path, ecgp_port_mode mode)
{
    size_t length = 0;
    while (path[length] != '\0') {
        length++;
    }
    const uintptr_t block[3] = {(uintptr_t)path, mode == ECGP_PORT_READ ? OPEN_RB : OPEN_WB, length};
    return (int)semihost(SYS_OPEN, block);
}

/** SYS_READ and SYS_WRITE both answer with the bytes that were not transferred. */
static size_t transfer(uint32_t operation, int file, uintptr_t data, size_t bytes)
{
    const uintptr_t block[3] = {(uintptr_t)file, data, bytes};
    int32_t left = semihost(operation, block);
    return left < 0 || (size_t)left > bytes ? 0 : bytes - (size_t)left;
}

size_t ecgp_port_read(int file, void *data, size_t bytes)
{
    return transfer(SYS_READ, file, (uintptr_t)data, bytes);
}

size_t ecgp_port_write(int file, const void *data, size_t bytes)
{
    return transfer(SYS_WRITE, file, (uintptr_t)data, bytes);
}

int ecgp_port_close(int file)
{
    const uintptr_t block[1] = {(uintptr_t)file};
    return semihost(SYS_CLOSE, block) == 0 ? 0 : -1;
}

void ecgp_port_print(const char *text) { (void)semihost(SYS_WRITE0, text); }

uint32_t ecgp_port_ticks(void) { return ECGP_PORT_TICKS_MODULO - 1u - SYST_CVR; }

void ecgp_port_exit(int status)
{
    const uintptr_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uintptr_t)status};
    for (;;) {
        (void)semihost(SYS_EXIT_EXTENDED, block);
    }
}

int ecgp_port_start(char ***argv)
{
    static char line[COMMAND_LINE_BYTES];
    static char *arguments[ARGUMENTS + 1];
    uintptr_t block[2] = {(uintptr_t)line, sizeof line};
    int count = 0;

    SYST_RVR = ECGP_PORT_TICKS_MODULO - 1u;
    SYST_CVR = 0u;
    SYST_CSR = SYST_CSR_ENABLE_CORE_CLOCK;
    if (semihost(SYS_GET_CMDLINE, block) == 0) {
        for (char *c = line; *c != '\0' && count < ARGUMENTS; count++) {
            arguments[count] = c;
            while (*c != '\0' && *c != ' ') {
                c++;
            }
            while (*c == ' ') {
                *c++ = '\0';
            }
        }
    }
    *argv = arguments;
    return count;
}
