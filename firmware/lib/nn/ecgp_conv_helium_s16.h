/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_helium_s16.h
 * @brief CONV_2D over int16 with int8 weights, NHWC, on Helium.
 */
#ifndef ECGP_CONV_HELIUM_S16_H
#define ECGP_CONV_HELIUM_S16_H

#include <stdint.h>

#include "ecgp_conv_helium.h"
#include "ecgp_helium_rescale_s16.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of ecgp_conv_helium_s16(). */
typedef struct {
    ecgp_helium_conv conv; /**< input_c is in bytes, two for each channel, pad_value 0, pool 1 */
    ecgp_helium_requant_s16 requant; /**< 32768 * sum|w| < 2^31 */
    const int8_t *weights; /**< [taps / 8, rounded up][outputs][8], zeros behind the last tap */
} ecgp_conv_helium_s16_params;

/**
 * Dense convolution.
 *
 * @param p        parameters
 * @param input    batches x input_h x input_w x channels
 * @param output   batches x output_h x output_w x outputs; does not overlap the input
 * @param scratch  see ecgp_conv_helium_s8()
 */
void ecgp_conv_helium_s16(const ecgp_conv_helium_s16_params *p, const int16_t *input, int16_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONV_HELIUM_S16_H */
