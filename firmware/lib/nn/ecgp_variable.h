/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_variable.h
 * @brief READ_VARIABLE and ASSIGN_VARIABLE: from a state to a tensor, and back.
 */
#ifndef ECGP_VARIABLE_H
#define ECGP_VARIABLE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How much is copied. */
typedef struct {
    int32_t bytes; /**< 1 and more */
} ecgp_variable_params;

/** A constant that a state becomes. */
typedef struct {
    int32_t bytes;           /**< 1 and more */
    const uint8_t *constant; /**< as many bytes */
} ecgp_variable_constant_params;

/** Copies p->bytes from `from` to `to`, which do not overlap. */
void ecgp_variable_copy(const ecgp_variable_params *p, const void *from, void *to);

/** The same from p->constant. */
void ecgp_variable_copy_constant(const ecgp_variable_constant_params *p, void *to);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_VARIABLE_H */
