/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_linear.h
 * @brief ADD and SUB of two int8 tensors of one shape, where one linear rule gives TFLM's output for all pairs of bytes.
 */
#ifndef ECGP_ADD_LINEAR_H
#define ECGP_ADD_LINEAR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The rule: (a * a_factor + b * b_factor + offset) / 2^21, rounded down. The sum is an int32, 2^20 less as well. */
typedef struct {
    int32_t size;     /**< elements, 1 and more */
    int32_t a_factor; /**< a's scale over the output's, times 2^21: below 2^23; negative where a is subtracted */
    int32_t b_factor; /**< b's scale over the output's, times 2^21: below 2^23; negative where b is subtracted */
    int32_t offset;   /**< all zero points and what rounds, times 2^21 */
    int32_t min;      /**< lowest output, -128 to 127: the fused activation */
    int32_t max;      /**< highest output, min to 127 */
} ecgp_add_linear_params;

/**
 * output = a + b or their difference, int8.
 *
 * @param p       parameters
 * @param a       first operand
 * @param b       second operand
 * @param output  `size` elements; may be a
 */
void ecgp_add_linear_s8(const ecgp_add_linear_params *p, const int8_t *a, const int8_t *b, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_ADD_LINEAR_H */
