/**
 * @file ecgp_model.h
 * @brief A hand-written model for tests of the firmware: output = input + 1, eight bytes, after a loop of known length.
 */
#ifndef ECGP_MODEL_H
#define ECGP_MODEL_H

#include "tiny.h"

#define ecgp_model_t tiny_t
#define ecgp_model_init tiny_init
#define ecgp_model_input tiny_input
#define ecgp_model_output tiny_output
#define ecgp_model_invoke tiny_invoke

#define ECGP_MODEL_NAME "tiny"
#define ECGP_MODEL_SHA256 ""
#define ECGP_MODEL_ARENA_BYTES TINY_ARENA_BYTES
#define ECGP_MODEL_INPUTS 2
#define ECGP_MODEL_OUTPUTS 1
#define ECGP_MODEL_INPUT_BYTES(i) ((i) == 0 ? 6 : 2)
#define ECGP_MODEL_OUTPUT_BYTES(i) ((void)(i), 8)

#endif /* ECGP_MODEL_H */
