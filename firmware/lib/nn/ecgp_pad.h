/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pad.h
 * @brief PAD and PADV2 of an int8 tensor with paddings known when the code is generated.
 */
#ifndef ECGP_PAD_H
#define ECGP_PAD_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The tensor as [0][1][2][3]; dimensions without padding are joined to the one in front of them. */
typedef struct {
    int32_t value;        /**< of the cells added, -128 to 127 */
    int32_t output_bytes; /**< size of the whole output */
    int32_t size0;        /**< of the input */
    int32_t before0;      /**< elements added in front; 0: none */
    int32_t size1;        /**< of the input */
    int32_t before1;      /**< elements added in front; 0: none */
    int32_t output1;      /**< of the output: size, before and after */
    int32_t size2;        /**< of the input */
    int32_t before2;      /**< elements added in front; 0: none */
    int32_t output2;      /**< of the output: size, before and after */
    int32_t size3;        /**< bytes of an input row */
    int32_t before3;      /**< bytes added in front of a row; 0: none */
    int32_t output3;      /**< bytes of an output row */
} ecgp_pad_params;

/**
 * The input, surrounded by p->value.
 *
 * @param p       parameters
 * @param input   size0 x size1 x size2 x size3
 * @param output  output0 x output1 x output2 x output3; does not overlap the input
 */
void ecgp_pad_s8(const ecgp_pad_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_PAD_H */
