/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_trace.h
 * @brief A look at every operator's output, for layer-by-layer comparison; nothing in a normal build.
 *
 * Built with -DECGP_TRACE_ENABLED, the generated code calls ecgp_trace() after each operator, once per output
 * tensor. The application defines it (firmware/harness writes records to a file through the port).
 */
#ifndef ECGP_TRACE_H
#define ECGP_TRACE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef ECGP_TRACE_ENABLED
/**
 * Called after each operator, once per output tensor; the application defines it.
 *
 * @param op      operator index in the .tflite's execution order
 * @param tensor  tensor index in the .tflite
 * @param data    the tensor's bytes, valid during the call only
 * @param bytes   size of the tensor in bytes
 */
void ecgp_trace(int op, int tensor, const void *data, size_t bytes);
#define ECGP_TRACE(op, tensor, data, bytes) ecgp_trace((op), (tensor), (data), (bytes))
#else
#define ECGP_TRACE(op, tensor, data, bytes) ((void)0)
#endif

#ifdef __cplusplus
}
#endif

#endif /* ECGP_TRACE_H */
