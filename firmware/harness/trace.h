/**
 * @file trace.h
 * @brief Writes what ECGP_TRACE sees to a file; does nothing in a build without ECGP_TRACE_ENABLED.
 *
 * One record per operator output and invocation: u32 op, u32 tensor, u32 bytes (little endian), then the data.
 */
#ifndef TRACE_H
#define TRACE_H

#include "ecgp_status.h"

/** Starts tracing to `path`, NULL for none. @return ECGP_ERR_IO when it cannot be written. */
ecgp_status trace_open(const char *path);

/** Ends tracing; further operators are not written. @return ECGP_ERR_IO when a record was lost. */
ecgp_status trace_close(void);

#endif /* TRACE_H */
