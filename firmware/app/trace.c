/**
 * @file trace.c
 * @brief ep_trace() for the application.
 */
#include "trace.h"

#include <stdint.h>

#include "ep_port.h"
#include "ep_trace.h"

#ifdef EP_TRACE_ENABLED
static int file = -1;
static ep_status result = EP_OK;

static void put(const void *data, size_t bytes)
{
    if (ep_port_write(file, data, bytes) != bytes) {
        result = EP_ERR_IO;
    }
}

void ep_trace(int op, int tensor, const void *data, size_t bytes)
{
    const uint32_t head[3] = {(uint32_t)op, (uint32_t)tensor, (uint32_t)bytes};
    if (file >= 0) {
        put(head, sizeof head);
        put(data, bytes);
    }
}

ep_status trace_open(const char *path)
{
    if (path != NULL) {
        file = ep_port_open(path, EP_PORT_WRITE);
        result = file < 0 ? EP_ERR_IO : EP_OK;
    }
    return result;
}

ep_status trace_close(void)
{
    if (file >= 0 && ep_port_close(file) != 0) {
        result = EP_ERR_IO;
    }
    file = -1;
    return result;
}
#else
ep_status trace_open(const char *path) { return path == NULL ? EP_OK : EP_ERR_IO; }
ep_status trace_close(void) { return EP_OK; }
#endif
