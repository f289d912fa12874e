/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_softmax_s16.h
 * @brief SOFTMAX over the last axis of an int16 tensor; the output has scale 1/32768 and zero point 0.
 */
#ifndef ECGP_SOFTMAX_S16_H
#define ECGP_SOFTMAX_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Shape, the scale of a difference of inputs, and TFLM's two tables of 513 values each. */
typedef struct {
    int32_t rows;               /**< softmaxes to compute, 1 and more */
    int32_t classes;            /**< elements of one, 1 to 65535 */
    int32_t multiplier;         /**< of a difference, to steps of 10/65535: 0 to 2^31 - 1 */
    int32_t shift;              /**< belongs to multiplier, -31 to 14 */
    const int16_t *exponential; /**< of -10 to 0, Q0.15 */
    const int16_t *reciprocal;  /**< 1 / (1 + x) of 0 to 1, Q0.15 */
} ecgp_softmax_s16_params;

/**
 * Softmax of each row.
 *
 * @param p       parameters
 * @param input   rows x classes
 * @param output  rows x classes; may be the input
 */
void ecgp_softmax_s16(const ecgp_softmax_s16_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SOFTMAX_S16_H */
