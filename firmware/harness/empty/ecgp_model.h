/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_model.h
 * @brief A model of nothing: what an image holds besides its model, to be subtracted from every size.
 */
#ifndef ECGP_MODEL_H
#define ECGP_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "ecgp_status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One instance, without a state. */
typedef struct {
    uint8_t unused; /**< C has no empty struct */
} ecgp_model_t;

#define ECGP_MODEL_NAME "empty"
#define ECGP_MODEL_SHA256 ""
#define ECGP_MODEL_ARENA_BYTES 0
#define ECGP_MODEL_INPUTS 0
#define ECGP_MODEL_OUTPUTS 0
#define ECGP_MODEL_INPUT_BYTES(i) ((void)(i), 0)
#define ECGP_MODEL_OUTPUT_BYTES(i) ((void)(i), 0)

/** @brief Prepares an instance; arguments are ignored. @return ECGP_OK */
ecgp_status ecgp_model_init(ecgp_model_t *m, void *arena, size_t arena_bytes);
/** @brief There are no inputs. @return NULL */
int8_t *ecgp_model_input(ecgp_model_t *m, int index);
/** @brief There are no outputs. @return NULL */
const int8_t *ecgp_model_output(const ecgp_model_t *m, int index);
/** @brief Does nothing. @return ECGP_OK */
ecgp_status ecgp_model_invoke(ecgp_model_t *m);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_MODEL_H */
