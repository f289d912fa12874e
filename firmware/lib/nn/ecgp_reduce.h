/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_reduce.h
 * @brief REDUCE_MAX, SUM and MEAN of an int8 tensor over any axes; ecgp_mean.h is faster where they follow one another.
 */
#ifndef ECGP_REDUCE_H
#define ECGP_REDUCE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Loops over the outputs, and within each over its inputs. A loop of 1 turn is none. */
typedef struct {
    int32_t outer;         /**< outputs far apart, 1 and more */
    int32_t outer_step;    /**< bytes of the input from one to the next */
    int32_t middle;        /**< outputs less far apart, 1 and more */
    int32_t middle_step;   /**< bytes of the input from one to the next */
    int32_t inner;         /**< outputs side by side in the input, 1 and more */
    int32_t inner_step;    /**< bytes of the input from one to the next */
    int32_t first;          /**< inputs of one output, far apart, 1 and more */
    int32_t first_step;      /**< bytes from one to the next */
    int32_t second;      /**< inputs of one output, less far apart, 1 and more */
    int32_t second_step;  /**< bytes from one to the next */
    int32_t third;         /**< inputs of one output, near one another, 1 and more */
    int32_t third_step;     /**< bytes from one to the next */
} ecgp_reduce_loops;

/** The largest of the inputs. */
typedef struct {
    ecgp_reduce_loops loops; /**< inner_step is 1, or inner is 1 */
} ecgp_reduce_max_params;

/** The sum of the inputs, in the output's quantization. */
typedef struct {
    ecgp_reduce_loops loops;   /**< of the inputs */
    int32_t bias;              /**< minus the number of an output's inputs times their zero point */
    int32_t multiplier;        /**< of the sum: input scale / output scale (/ number of inputs), 0 to 2^31 - 1 */
    int32_t shift;             /**< belongs to multiplier, -31 to 30 */
    int32_t output_zero_point; /**< -128 to 127 */
} ecgp_reduce_sum_params;

/**
 * The largest values.
 *
 * @param p       parameters
 * @param input   the tensor
 * @param output  outer x middle x inner; does not overlap the input
 */
void ecgp_reduce_max_s8(const ecgp_reduce_max_params *p, const int8_t *input, int8_t *output);

/**
 * The sums, requantized with two roundings.
 *
 * @param p       parameters
 * @param input   the tensor
 * @param output  outer x middle x inner; does not overlap the input
 */
void ecgp_reduce_sum_s8(const ecgp_reduce_sum_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_REDUCE_H */
