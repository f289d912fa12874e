/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file host.c
 * @brief The port for the machine that builds: the C library's files and clock.
 */
#include "ecgp_port.h"
#include "ecgp_stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FILES 4 /* open at a time */

static FILE *files[FILES];

int ecgp_port_open(const char *path, ecgp_port_mode mode)
{
    for (int i = 0; i < FILES; i++) {
        if (files[i] == NULL) {
            files[i] = fopen(path, mode == ECGP_PORT_READ ? "rb" : "wb");
            return files[i] == NULL ? -1 : i;
        }
    }
    return -1;
}

size_t ecgp_port_read(int file, void *data, size_t bytes) { return fread(data, 1, bytes, files[file]); }

size_t ecgp_port_write(int file, const void *data, size_t bytes) { return fwrite(data, 1, bytes, files[file]); }

int ecgp_port_close(int file)
{
    int status = fclose(files[file]) == 0 ? 0 : -1;
    files[file] = NULL;
    return status;
}

void ecgp_port_print(const char *text)
{
    (void)fputs(text, stdout);
    (void)fflush(stdout);
}

uint32_t ecgp_port_ticks(void)
{
    double seconds = (double)clock() / (double)CLOCKS_PER_SEC;
    return (uint32_t)(uint64_t)(seconds * 1e6) & (ECGP_PORT_TICKS_MODULO - 1u);
}

size_t ecgp_stack_used(void) { return 0; }

bool ecgp_stack_overflowed(void) { return false; }

void ecgp_port_exit(int status) { exit(status); }
