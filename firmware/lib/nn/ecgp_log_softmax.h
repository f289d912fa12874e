/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_log_softmax.h
 * @brief LOG_SOFTMAX over the last dimension of an int8 tensor; the output has scale 1/16 and zero point 127.
 */
#ifndef ECGP_LOG_SOFTMAX_H
#define ECGP_LOG_SOFTMAX_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Shape, and the exponentials of all differences that count. */
typedef struct {
    int32_t rows;                /**< to compute, 1 and more */
    int32_t classes;             /**< elements of one row, 1 to 4095 */
    const int32_t *exponentials; /**< [d]: exp(-d * input scale) in Q0.31, as TFLM computes it */
    int32_t exponential_count;   /**< 1 to 256; the exponential of a larger difference counts as 0 */
    int32_t lowest;              /**< differences to the row's maximum up to this one give -128; -256 to -1 */
    int32_t multiplier;          /**< of a difference of input bytes, to Q5.26: 0 to 2^31 - 1 */
    int32_t shift;               /**< belongs to multiplier, 1 to 30 */
    int32_t divisor;             /**< from Q5.26 to input bytes: 0 to 2^31 - 1 */
    int32_t divisor_shift;       /**< belongs to divisor, -31 to 0 */
} ecgp_log_softmax_params;

/**
 * Logarithm of the softmax of each row.
 *
 * @param p       parameters
 * @param input   rows x classes
 * @param output  rows x classes; may be the input
 */
void ecgp_log_softmax_s8(const ecgp_log_softmax_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_LOG_SOFTMAX_H */
