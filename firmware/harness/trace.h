/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file trace.h
 * @brief Writes what ECGP_TRACE sees to a file; does nothing in a build without ECGP_TRACE_ENABLED.
 *
 * One record per operator output and invocation: u32 op, u32 tensor, u32 bytes (little endian), then the data.
 */
#ifndef TRACE_H
#define TRACE_H

#include "ecgp_status.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Starts tracing.
 *
 * @param path  zero-terminated name of the file, NULL for no trace
 * @return ECGP_OK; ECGP_ERR_IO when it cannot be written, or the build has no traces
 */
ecgp_status trace_open(const char *path);

/**
 * @brief Ends tracing; further operators are not written.
 *
 * @return ECGP_OK, also without a trace; ECGP_ERR_IO when a record was lost
 */
ecgp_status trace_close(void);

#ifdef __cplusplus
}
#endif

#endif /* TRACE_H */
