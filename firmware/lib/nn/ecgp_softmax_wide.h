/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_softmax_wide.h
 * @brief SOFTMAX of int8 to int16.
 */
#ifndef ECGP_SOFTMAX_WIDE_H
#define ECGP_SOFTMAX_WIDE_H

#include <stdint.h>

#include "ecgp_softmax.h"

#ifdef __cplusplus
extern "C" {
#endif

/** ecgp_softmax_s8() over 1 to 4095 classes, to int16 of zero point -32768, in steps of 1/65536; output does not overlap the input. */
void ecgp_softmax_s8_s16(const ecgp_softmax_params *p, const int8_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SOFTMAX_WIDE_H */
