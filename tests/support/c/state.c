/**
 * @file state.c
 * @brief Whether instances of a model with state are independent, and init resets one.
 *
 * Exit status 0 when all holds; otherwise the number of the first check that failed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ecgp_model.h"
#include "ecgp_trace.h"

#define STEPS 9
#define CHECK(condition)      \
    do {                      \
        number++;             \
        if (!(condition)) {   \
            return number;    \
        }                     \
    } while (0)

#ifdef ECGP_TRACE_ENABLED
void ecgp_trace(int op, int tensor, const void *data, size_t bytes)
{
    (void)op;
    (void)tensor;
    (void)data;
    (void)bytes;
}
#endif

static int8_t answers[2][STEPS][ECGP_MODEL_OUTPUT_BYTES(0)];

/** One step of the sequence `which`. */
static ecgp_status run(ecgp_model_t *m, int which, int step, int8_t *answer)
{
    ecgp_status status;

    for (size_t i = 0; i < ECGP_MODEL_INPUT_BYTES(0); i++) {
        ecgp_model_input(m, 0)[i] = (int8_t)(which * 31 + step * 57 + (int)i * 91);
    }
    status = ecgp_model_invoke(m);
    memcpy(answer, ecgp_model_output(m, 0), ECGP_MODEL_OUTPUT_BYTES(0));
    return status;
}

int main(void)
{
    int number = 0;
    ecgp_model_t models[2];
    void *arenas[2] = {malloc(ECGP_MODEL_ARENA_BYTES), malloc(ECGP_MODEL_ARENA_BYTES)};
    int8_t again[ECGP_MODEL_OUTPUT_BYTES(0)];

    for (int m = 0; m < 2; m++) {
        memset(arenas[m], 0x5a, ECGP_MODEL_ARENA_BYTES);
        CHECK(ecgp_model_init(&models[m], arenas[m], ECGP_MODEL_ARENA_BYTES) == ECGP_OK);
    }
    for (int step = 0; step < STEPS; step++) {
        for (int m = 0; m < 2; m++) {
            CHECK(run(&models[m], m, step, answers[m][step]) == ECGP_OK);
        }
    }
    CHECK(run(&models[0], 1, 0, again) == ECGP_OK);
    CHECK(memcmp(again, answers[1][0], sizeof again) != 0); /* it goes on */
    for (int m = 0; m < 2; m++) {
        CHECK(ecgp_model_init(&models[0], arenas[0], ECGP_MODEL_ARENA_BYTES) == ECGP_OK);
        for (int step = 0; step < STEPS; step++) {
            CHECK(run(&models[0], m, step, again) == ECGP_OK);
            CHECK(memcmp(again, answers[m][step], sizeof again) == 0);
        }
    }
    free(arenas[0]);
    free(arenas[1]);
    return 0;
}
