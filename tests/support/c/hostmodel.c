/**
 * @file hostmodel.c
 * @brief Host side of tests/hostmodel.py: vectors on stdin, records (kind, index, bytes, data) on stdout.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "ecgp_model.h"
#include "ecgp_trace.h"

enum { TRACED = 0, OUTPUT = 1, END = 2 };

static void record(int32_t kind, int32_t index, const void *data, size_t bytes)
{
    const int32_t head[3] = {kind, index, (int32_t)bytes};

    (void)fwrite(head, sizeof head, 1, stdout);
    if (bytes != 0u) {
        (void)fwrite(data, 1, bytes, stdout);
    }
}

void ecgp_trace(int op, int tensor, const void *data, size_t bytes)
{
    (void)op;
    record(TRACED, tensor, data, bytes);
}

static int read_inputs(ecgp_model_t *model)
{
    for (int i = 0; i < ECGP_MODEL_INPUTS; i++) {
        if (fread(ecgp_model_input(model, i), 1, ECGP_MODEL_INPUT_BYTES(i), stdin) != ECGP_MODEL_INPUT_BYTES(i)) {
            return 0;
        }
    }
    return 1;
}

int main(void)
{
    /* One arena of exactly the promised size: malloc aligns it to 16 bytes and ASan guards both ends. */
    void *arena = malloc(ECGP_MODEL_ARENA_BYTES);
    ecgp_model_t model;
    ecgp_status status = ecgp_model_init(&model, arena, ECGP_MODEL_ARENA_BYTES);

    while (status == ECGP_OK && read_inputs(&model)) {
        status = ecgp_model_invoke(&model);
        for (int i = 0; i < ECGP_MODEL_OUTPUTS; i++) {
            record(OUTPUT, i, ecgp_model_output(&model, i), ECGP_MODEL_OUTPUT_BYTES(i));
        }
        record(END, 0, NULL, 0u);
    }
    free(arena);
    return status == ECGP_OK ? 0 : 1;
}
