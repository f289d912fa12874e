/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file main.c
 * @brief The smallest program around a generated model: initialize, write the inputs, invoke, read the outputs.
 *
 *     make -C firmware APP=examples/minimal BOARD=mps2_an386 MODEL_DIR=models/reference run
 */
#include "ecgp_model.h"
#include "ecgp_port.h"

static ecgp_model_t model;
static uint8_t arena[ECGP_MODEL_ARENA_BYTES] __attribute__((aligned(16)));

int main(void)
{
    char text[] = "class 0\n";
    int best = 0;

    if (ecgp_model_init(&model, arena, sizeof arena) != ECGP_OK) {
        return 1;
    }
    for (int i = 0; i < (int)ECGP_MODEL_INPUTS; i++) {
        for (int at = 0; at < (int)ECGP_MODEL_INPUT_BYTES(i); at++) {
            ecgp_model_input(&model, i)[at] = 0; /* your samples, quantized as the model's header says */
        }
    }
    if (ecgp_model_invoke(&model) != ECGP_OK) {
        return 2;
    }
    const int8_t *scores = ecgp_model_output(&model, 0);
    for (int i = 1; i < (int)ECGP_MODEL_OUTPUT_BYTES(0); i++) {
        best = scores[i] > scores[best] ? i : best;
    }
    text[6] = (char)('0' + best); /* up to ten classes */
    ecgp_port_print(text);
    return 0;
}
