/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file trace.c
 * @brief ecgp_trace() for the application.
 */
#include "trace.h"

#include <stdint.h>

#include "ecgp_port.h"
#include "ecgp_trace.h"

#ifdef ECGP_TRACE_ENABLED
static int file = -1;
static ecgp_status result = ECGP_OK;

static void put(const void *data, size_t bytes)
{
    if (ecgp_port_write(file, data, bytes) != bytes) {
        result = ECGP_ERR_IO;
    }
}

void ecgp_trace(int op, int tensor, const void *data, size_t bytes)
{
    const uint32_t head[3] = {(uint32_t)op, (uint32_t)tensor, (uint32_t)bytes};
    if (file >= 0) {
        put(head, sizeof head);
        put(data, bytes);
    }
}

ecgp_status trace_open(const char *path)
{
    if (path != NULL) {
        file = ecgp_port_open(path, ECGP_PORT_WRITE);
        result = file < 0 ? ECGP_ERR_IO : ECGP_OK;
    }
    return result;
}

ecgp_status trace_close(void)
{
    if (file >= 0 && ecgp_port_close(file) != 0) {
        result = ECGP_ERR_IO;
    }
    file = -1;
    return result;
}
#else
ecgp_status trace_open(const char *path) { return path == NULL ? ECGP_OK : ECGP_ERR_IO; }
ecgp_status trace_close(void) { return ECGP_OK; }
#endif
