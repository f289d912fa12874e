/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_helium_s16.h
 * @brief FULLY_CONNECTED over int16 with int8 weights on Helium.
 */
#ifndef ECGP_FULLY_CONNECTED_HELIUM_S16_H
#define ECGP_FULLY_CONNECTED_HELIUM_S16_H

#include <stdint.h>

#include "ecgp_helium_rescale_s16.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_fully_connected_helium_s16(). Arrays by output hold four elements at least. */
typedef struct {
    ecgp_helium_requant_s16 requant; /**< 32768 * sum|w| < 2^31 */
    int32_t rows;                    /**< input vectors, 1 and more */
    int32_t depth;                   /**< elements of an input vector, 1 and more */
    int32_t outputs;                 /**< elements of an output vector, 1 and more */
    const int8_t *weights;           /**< [outputs][depth] */
} ecgp_fully_connected_helium_s16_params;

/**
 * Dense matrix times vector.
 *
 * @param p       parameters
 * @param input   rows x depth
 * @param output  rows x outputs; does not overlap the input
 */
void ecgp_fully_connected_helium_s16(const ecgp_fully_connected_helium_s16_params *p, const int16_t *input,
                                     int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_FULLY_CONNECTED_HELIUM_S16_H */
