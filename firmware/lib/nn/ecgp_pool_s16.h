/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pool_s16.h
 * @brief MAX_POOL_2D and AVERAGE_POOL_2D over int16, NHWC.
 */
#ifndef ECGP_POOL_S16_H
#define ECGP_POOL_S16_H

#include <stdint.h>

#include "ecgp_pool.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The largest value of the part of each window that lies in the input, per channel.
 *
 * @param p       parameters; min and max are -32768 to 32767
 * @param input   batches x input_h x input_w x channels
 * @param output  batches x output_h x output_w x channels; does not overlap the input
 */
void ecgp_max_pool_s16(const ecgp_pool_params *p, const int16_t *input, int16_t *output);

/**
 * The mean of each window's cells that lie in the input, per channel, rounded to nearest, ties away from zero.
 *
 * @param p       parameters; min and max are -32768 to 32767, and a window has less than 2^16 cells
 * @param input   batches x input_h x input_w x channels
 * @param output  batches x output_h x output_w x channels; does not overlap the input
 */
void ecgp_average_pool_s16(const ecgp_pool_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_POOL_S16_H */
