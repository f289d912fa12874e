/**
 * @file ecgp_fully_connected_helium.h
 * @brief FULLY_CONNECTED over int8 on Helium: rows of inputs times a matrix. Bit-exact with TFLM's reference kernel.
 */
#ifndef ECGP_FULLY_CONNECTED_HELIUM_H
#define ECGP_FULLY_CONNECTED_HELIUM_H

#include <stdint.h>

#include "ecgp_requant.h"

/** Parameters of ecgp_fully_connected_helium_s8(). Arrays by output hold four elements at least. */
typedef struct {
    ecgp_requant requant;    /**< per_channel is 1 */
    int32_t rows;          /**< input vectors, 1 and more */
    int32_t depth;         /**< elements of an input vector */
    int32_t outputs;       /**< elements of an output vector */
    const int8_t *weights; /**< [outputs][depth] */
} ecgp_fully_connected_helium_params;

/**
 * Dense matrix times vector.
 *
 * @param input   rows x depth
 * @param output  rows x outputs; does not overlap the input
 */
void ecgp_fully_connected_helium_s8(const ecgp_fully_connected_helium_params *p, const int8_t *input, int8_t *output);

#endif /* ECGP_FULLY_CONNECTED_HELIUM_H */
