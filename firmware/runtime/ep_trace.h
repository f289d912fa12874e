/**
 * @file ep_trace.h
 * @brief A look at every operator's output, for layer-by-layer comparison; nothing in a normal build.
 *
 * Built with -DEP_TRACE_ENABLED, the generated code calls ep_trace() after each operator, once per output
 * tensor. The application defines it (firmware/app writes records to a file through the port).
 */
#ifndef EP_TRACE_H
#define EP_TRACE_H

#include <stddef.h>

#ifdef EP_TRACE_ENABLED
/**
 * @param op      operator index in the .tflite's execution order
 * @param tensor  tensor index in the .tflite
 * @param data    the tensor's bytes, valid during the call only
 * @param bytes   size of the tensor in bytes
 */
void ep_trace(int op, int tensor, const void *data, size_t bytes);
#define EP_TRACE(op, tensor, data, bytes) ep_trace((op), (tensor), (data), (bytes))
#else
#define EP_TRACE(op, tensor, data, bytes) ((void)0)
#endif

#endif /* EP_TRACE_H */
