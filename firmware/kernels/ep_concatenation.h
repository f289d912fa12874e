/**
 * @file ep_concatenation.h
 * @brief CONCATENATION of int8 tensors of one scale: one call per input.
 */
#ifndef EP_CONCATENATION_H
#define EP_CONCATENATION_H

#include <stddef.h>
#include <stdint.h>

/** Where the slices of one input go. A slice is everything behind the dimensions in front of the axis. */
typedef struct {
    int32_t slices;             /**< of input and output, 1 and more */
    int32_t slice_bytes;        /**< of the input */
    int32_t output_slice_bytes; /**< of the output: the sum over all inputs */
    int32_t output_offset;      /**< of the input's part in each slice of the output, bytes */
    const int8_t *constant;     /**< the input where it is a constant of the model, else NULL */
} ep_concatenation_params;

/** Copies the input's slices into the output's. */
void ep_concatenation_s8(const ep_concatenation_params *p, const int8_t *input, int8_t *output);

/** Copies the slices of p->constant into the output's. */
void ep_concatenation_constant_s8(const ep_concatenation_params *p, int8_t *output);

#endif /* EP_CONCATENATION_H */
