/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_concatenation.h
 * @brief CONCATENATION of int8 tensors of one scale: one call per input.
 */
#ifndef ECGP_CONCATENATION_H
#define ECGP_CONCATENATION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where the slices of one input go. A slice is everything behind the dimensions in front of the axis. */
typedef struct {
    int32_t slices;             /**< of input and output, 1 and more */
    int32_t slice_bytes;        /**< of the input */
    int32_t output_slice_bytes; /**< of the output: the sum over all inputs */
    int32_t output_offset;      /**< of the input's part in each slice of the output, bytes */
} ecgp_concatenation_params;

/** The same where the input is a constant of the model. */
typedef struct {
    ecgp_concatenation_params part; /**< everything else */
    const int8_t *constant; /**< the input */
} ecgp_concatenation_constant_params;

/**
 * Copies the input's slices into the output's.
 *
 * @param p       parameters
 * @param input   slices x slice_bytes
 * @param output  slices x output_slice_bytes; does not overlap the input
 */
void ecgp_concatenation_s8(const ecgp_concatenation_params *p, const int8_t *input, int8_t *output);

/**
 * Copies the slices of p->constant into the output's.
 *
 * @param p       parameters
 * @param output  slices x output_slice_bytes
 */
void ecgp_concatenation_constant_s8(const ecgp_concatenation_constant_params *p, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CONCATENATION_H */
