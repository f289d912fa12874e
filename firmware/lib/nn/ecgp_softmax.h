/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_softmax.h
 * @brief SOFTMAX over the last dimension of an int8 tensor; the output has scale 1/256 and zero point -128.
 */
#ifndef ECGP_SOFTMAX_H
#define ECGP_SOFTMAX_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Shape, and the exponentials of all differences that count. */
typedef struct {
    int32_t rows;                 /**< softmaxes to compute, 1 and more */
    int32_t classes;              /**< elements of one, 1 to 511; see ecgp_softmax_many.h */
    const int32_t *exponentials;  /**< [d]: exp(-d * beta * input scale) in Q0.31, as TFLM computes it */
    int32_t exponential_count;    /**< 1 to 256; the exponential of a larger difference counts as 0 */
} ecgp_softmax_params;

/** The same without the table. */
typedef struct {
    int32_t rows;              /**< softmaxes to compute, 1 and more */
    int32_t classes;           /**< elements of one, 1 to 511 */
    int32_t multiplier;        /**< of a difference of input bytes, to Q5.26: 0 to 2^31 - 1 */
    int32_t shift;             /**< belongs to multiplier, 0 to 30, to the left, before: (exponential_count - 1) * 2^shift < 2^31 */
    int32_t exponential_count; /**< 1 to 256; the exponential of a larger difference counts as 0 */
} ecgp_softmax_computed_params;

/**
 * Softmax of each row, exponentials from a table.
 *
 * @param p       parameters
 * @param input   rows x classes
 * @param output  rows x classes; may be the input
 */
void ecgp_softmax_s8(const ecgp_softmax_params *p, const int8_t *input, int8_t *output);

/**
 * Softmax of each row, computing every exponential twice: about 800 bytes less flash.
 *
 * @param p       parameters
 * @param input   rows x classes
 * @param output  rows x classes; may be the input
 */
void ecgp_softmax_computed_s8(const ecgp_softmax_computed_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SOFTMAX_H */
