/**
 * @file two_models.c
 * @brief Runs models one and two of one image: the inputs of both on stdin, the outputs of both on stdout.
 */
#include <stdio.h>

#include "one.h"
#include "two.h"

static one_t one;
static two_t two;
static uint8_t one_arena[ONE_ARENA_BYTES] __attribute__((aligned(ONE_ARENA_ALIGNMENT)));
static uint8_t two_arena[TWO_ARENA_BYTES] __attribute__((aligned(TWO_ARENA_ALIGNMENT)));

static int filled(int8_t *to, size_t bytes)
{
    return fread(to, 1, bytes, stdin) == bytes;
}

int main(void)
{
    if (one_init(&one, one_arena, sizeof one_arena) != ECGP_OK || two_init(&two, two_arena, sizeof two_arena) != ECGP_OK) {
        return 1;
    }
    if (!filled(one_input(&one, ONE_INPUT_ECG), ONE_INPUT_ECG_BYTES) ||
        !filled(one_input(&one, ONE_INPUT_PATIENT), ONE_INPUT_PATIENT_BYTES) ||
        !filled(two_input(&two, TWO_INPUT_T0), TWO_INPUT_T0_BYTES)) {
        return 2;
    }
    if (one_invoke(&one) != ECGP_OK || two_invoke(&two) != ECGP_OK) {
        return 3;
    }
    (void)fwrite(one_output(&one, ONE_OUTPUT_SCORES), 1, ONE_OUTPUT_SCORES_BYTES, stdout);
    (void)fwrite(two_output(&two, TWO_OUTPUT_T4), 1, TWO_OUTPUT_T4_BYTES, stdout);
    return 0;
}
