/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_softmax_many.h
 * @brief SOFTMAX of int8 over more classes than ecgp_softmax_s8() takes.
 */
#ifndef ECGP_SOFTMAX_MANY_H
#define ECGP_SOFTMAX_MANY_H

#include <stdint.h>

#include "ecgp_softmax.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ecgp_softmax_s8() over 1 to 4095 classes. Where their exponentials, of which the largest is 1, add up to 512 and more,
 * TFLM aborts; here all probabilities are 0.
 */
void ecgp_softmax_many_s8(const ecgp_softmax_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SOFTMAX_MANY_H */
