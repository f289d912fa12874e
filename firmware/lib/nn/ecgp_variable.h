/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_variable.h
 * @brief ASSIGN_VARIABLE of a constant. All other reads and assignments of variables are ecgp_copy()'s.
 */
#ifndef ECGP_VARIABLE_H
#define ECGP_VARIABLE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A constant that a state becomes. */
typedef struct {
    int32_t bytes;           /**< 1 and more */
    const uint8_t *constant; /**< as many bytes */
} ecgp_variable_params;

/** Copies the constant to `state`. */
void ecgp_variable_assign(const ecgp_variable_params *p, void *state);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_VARIABLE_H */
