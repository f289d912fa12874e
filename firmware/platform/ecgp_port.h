/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_port.h
 * @brief All that the application asks of its surroundings: files, output, time, exit.
 *
 * Implemented once per way of reaching them (host.c, semihosting.c), never per board.
 */
#ifndef ECGP_PORT_H
#define ECGP_PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Exit status after a processor fault. Statuses below are the application's. */
#define ECGP_PORT_EXIT_FAULT 100

/** How a file is opened. */
typedef enum {
    ECGP_PORT_READ = 0, /**< an existing file, binary */
    ECGP_PORT_WRITE = 1 /**< a new or emptied file, binary */
} ecgp_port_mode;

/** @return a handle, 0 or greater, or -1 when the file cannot be opened. */
int ecgp_port_open(const char *path, ecgp_port_mode mode);

/** @return bytes read, 0 to `bytes`; fewer than asked only at the file's end or after an error. */
size_t ecgp_port_read(int file, void *data, size_t bytes);

/** @return bytes written; fewer than asked after an error. */
size_t ecgp_port_write(int file, const void *data, size_t bytes);

/** @return 0, or -1 when what was written did not reach the file. */
int ecgp_port_close(int file);

/** Shows a zero-terminated text, as it is. */
void ecgp_port_print(const char *text);

/**
 * Time, counted upwards and modulo ECGP_PORT_TICKS_MODULO: core clock cycles on a Cortex-M (SysTick), microseconds on the host.
 * Under QEMU's -icount a tick is a fixed number of instructions.
 */
uint32_t ecgp_port_ticks(void);
#define ECGP_PORT_TICKS_MODULO 0x1000000u

/** @return deepest use of the stack since reset, in bytes, from its paint; 0 on the host. */
size_t ecgp_port_stack_used(void);

/** @return 1 when the stack has reached its last word, 0 before. Not on the host. */
int ecgp_port_stack_overflowed(void);

/** Ends the program; 0 is success, and only the low 8 bits arrive. */
__attribute__((noreturn)) void ecgp_port_exit(int status);

/** Called at reset, when memory is ready: fetches the arguments, runs main(), and exits with what it returns. Not on the host. */
__attribute__((noreturn)) void ecgp_port_start(void);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_PORT_H */
