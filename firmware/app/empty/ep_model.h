/**
 * @file ep_model.h
 * @brief A model of nothing: what an image holds besides its model, to be subtracted from every size.
 */
#ifndef EP_MODEL_H
#define EP_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "ep_status.h"

typedef struct {
    uint8_t unused; /**< C has no empty struct */
} ep_model_t;

#define EP_MODEL_NAME "empty"
#define EP_MODEL_SHA256 ""
#define EP_MODEL_ARENA_BYTES 0
#define EP_MODEL_INPUTS 0
#define EP_MODEL_OUTPUTS 0
#define EP_MODEL_INPUT_BYTES(i) ((void)(i), 0)
#define EP_MODEL_OUTPUT_BYTES(i) ((void)(i), 0)

ep_status ep_model_init(ep_model_t *m, void *arena, size_t arena_bytes);
int8_t *ep_model_input(ep_model_t *m, int index);
const int8_t *ep_model_output(const ep_model_t *m, int index);
ep_status ep_model_invoke(ep_model_t *m);

#endif /* EP_MODEL_H */
