/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_helium.h
 * @brief FULLY_CONNECTED over int8 on Helium: rows of inputs times a matrix. Bit-exact with TFLM's reference kernel.
 */
#ifndef ECGP_FULLY_CONNECTED_HELIUM_H
#define ECGP_FULLY_CONNECTED_HELIUM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_fully_connected_helium_s8(). */
typedef struct {
    int32_t zero_point; /**< of the output, -128 to 127 */
    int32_t min;        /**< lowest output, -128 to 127: the fused activation */
    int32_t max;        /**< highest output, min to 127 */
    int32_t left;       /**< 1: shifts are -31 to 30, and the stream holds them; 0: -31 to -1, and it holds 2^(31 + shift) */
    int32_t rows;       /**< input vectors, 1 and more */
    int32_t depth;      /**< elements of an input vector, 1 and more */
    int32_t outputs;    /**< elements of an output vector, 1 and more */
    const int32_t *stream; /**< for every four outputs, see below */
} ecgp_fully_connected_helium_params;

/*
 * The stream of four outputs, with zeros in place of outputs that lack: 16 weights of each output, chunk after chunk, with
 * zeros behind the last input; then four biases, multipliers and shifts.
 */

/**
 * Dense matrix times vector.
 *
 * @param p       parameters
 * @param input   rows x depth
 * @param output  rows x outputs; does not overlap the input
 */
void ecgp_fully_connected_helium_s8(const ecgp_fully_connected_helium_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_FULLY_CONNECTED_HELIUM_H */
