/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_port.h
 * @brief What a program asks of its surroundings: files, text output, time, exit.
 *
 * One source file implements it for each way of reaching the surroundings (host.c, semihosting.c), not for each board.
 * Nothing in lib/ calls it.
 */
#ifndef ECGP_PORT_H
#define ECGP_PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Exit status after a processor fault or a stack overflow. Other statuses are the program's. */
#define ECGP_PORT_EXIT_FAULT 100

/** ecgp_port_ticks() counts modulo this. */
#define ECGP_PORT_TICKS_MODULO 0x1000000u

/** How a file is opened. */
typedef enum {
    ECGP_PORT_READ = 0, /**< an existing file, binary */
    ECGP_PORT_WRITE = 1 /**< a new or emptied file, binary */
} ecgp_port_mode;

/**
 * @brief Opens a file.
 *
 * @param path  zero-terminated name
 * @param mode  for reading or for writing
 * @return a handle, 0 or greater; -1 when the file cannot be opened
 */
int ecgp_port_open(const char *path, ecgp_port_mode mode);

/**
 * @brief Reads from a file.
 *
 * @param file   a handle of ecgp_port_open()
 * @param data   room for `bytes` bytes
 * @param bytes  0 or more
 * @return bytes read, 0 to `bytes`; fewer than asked only at the file's end or after an error
 */
size_t ecgp_port_read(int file, void *data, size_t bytes);

/**
 * @brief Writes to a file.
 *
 * @param file   a handle of ecgp_port_open()
 * @param data   `bytes` bytes
 * @param bytes  0 or more
 * @return bytes written, 0 to `bytes`; fewer than asked after an error
 */
size_t ecgp_port_write(int file, const void *data, size_t bytes);

/**
 * @brief Closes a file.
 *
 * @param file  a handle of ecgp_port_open(), not valid afterwards
 * @return 0; -1 when what was written did not reach the file
 */
int ecgp_port_close(int file);

/**
 * @brief Shows a text as it is, without adding a line end.
 *
 * @param text  zero-terminated
 */
void ecgp_port_print(const char *text);

/**
 * @brief Time, counting up modulo ECGP_PORT_TICKS_MODULO.
 *
 * @return 0 to ECGP_PORT_TICKS_MODULO - 1: core clock cycles on a Cortex-M (SysTick), under QEMU's -icount a fixed
 *         number of instructions each; microseconds on the host
 */
uint32_t ecgp_port_ticks(void);

/**
 * @brief Ends the program.
 *
 * @param status  0 is success; only the low 8 bits arrive
 */
__attribute__((noreturn)) void ecgp_port_exit(int status);

/**
 * @brief Starts the clock and fetches the arguments of main(). startup.c calls it once; not on the host.
 *
 * @param argv  becomes the argument vector, valid until the program ends
 * @return number of arguments, 0 or more
 */
int ecgp_port_start(char ***argv);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_PORT_H */
