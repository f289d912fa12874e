/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_helium.h
 * @brief FULLY_CONNECTED over int8 on Helium: rows of inputs times a matrix. Bit-exact with TFLM's reference kernel.
 */
#ifndef ECGP_FULLY_CONNECTED_HELIUM_H
#define ECGP_FULLY_CONNECTED_HELIUM_H

#include <stdint.h>

#include "ecgp_requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_fully_connected_helium_s8(). Arrays by output hold four elements at least. */
typedef struct {
    ecgp_requant requant;    /**< per_channel is 1; shifts -31 to 30 */
    int32_t rows;          /**< input vectors, 1 and more */
    int32_t depth;         /**< elements of an input vector, 1 and more */
    int32_t outputs;       /**< elements of an output vector, 1 and more */
    const int8_t *weights; /**< [outputs][depth] */
} ecgp_fully_connected_helium_params;

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
