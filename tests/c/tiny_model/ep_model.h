/**
 * @file ep_model.h
 * @brief A hand-written model for tests of the firmware: output = input + 1, eight bytes, after a loop of known length.
 */
#ifndef EP_MODEL_H
#define EP_MODEL_H

#include "tiny.h"

#define ep_model_t tiny_t
#define ep_model_init tiny_init
#define ep_model_input tiny_input
#define ep_model_output tiny_output
#define ep_model_invoke tiny_invoke

#define EP_MODEL_NAME "tiny"
#define EP_MODEL_SHA256 ""
#define EP_MODEL_ARENA_BYTES TINY_ARENA_BYTES
#define EP_MODEL_INPUTS 2
#define EP_MODEL_OUTPUTS 1
#define EP_MODEL_INPUT_BYTES(i) ((i) == 0 ? 6 : 2)
#define EP_MODEL_OUTPUT_BYTES(i) ((void)(i), 8)

#endif /* EP_MODEL_H */
