/**
 * @file interface.c
 * @brief What a generated model answers to wrong use, and that instances do not disturb one another.
 *
 * Exit status 0 when all holds; otherwise the number of the first check that failed.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ecgp_model.h"

#define CHECK(condition)      \
    do {                      \
        number++;             \
        if (!(condition)) {   \
            return number;    \
        }                     \
    } while (0)

typedef union {
    int8_t bytes[ECGP_MODEL_ARENA_BYTES + 16u];
    __attribute__((aligned(16))) int8_t first;
} ecgp_arena;

static ecgp_arena one;
static ecgp_arena two;

static void fill(ecgp_model_t *m, int value)
{
    memset(ecgp_model_input(m, 0), value, ECGP_MODEL_INPUT_BYTES(0));
}

int main(void)
{
    static int8_t alone[ECGP_MODEL_OUTPUT_BYTES(0)];
    ecgp_model_t a;
    ecgp_model_t b;
    int number = 0;

    memset(&a, 0x5A, sizeof a);
    CHECK(ecgp_model_invoke(&a) == ECGP_ERR_INTEGRITY);
    CHECK(ecgp_model_invoke(NULL) == ECGP_ERR_INTEGRITY);
    CHECK(ecgp_model_input(&a, 0) == NULL);
    CHECK(ecgp_model_output(&a, 0) == NULL);

    CHECK(ecgp_model_init(NULL, one.bytes, sizeof one) == ECGP_ERR_INTEGRITY);
    CHECK(ecgp_model_init(&a, NULL, sizeof one) == ECGP_ERR_ARENA);
    CHECK(ecgp_model_init(&a, one.bytes + 1, ECGP_MODEL_ARENA_BYTES) == ECGP_ERR_ARENA);
    CHECK(ecgp_model_init(&a, one.bytes, ECGP_MODEL_ARENA_BYTES - 1u) == ECGP_ERR_ARENA);
    CHECK(ecgp_model_invoke(&a) == ECGP_ERR_INTEGRITY);

    CHECK(ecgp_model_init(&a, one.bytes, ECGP_MODEL_ARENA_BYTES) == ECGP_OK);
    CHECK(ecgp_model_input(&a, -1) == NULL);
    CHECK(ecgp_model_input(&a, ECGP_MODEL_INPUTS) == NULL);
    CHECK(ecgp_model_output(&a, -1) == NULL);
    CHECK(ecgp_model_output(&a, ECGP_MODEL_OUTPUTS) == NULL);
    CHECK(ECGP_MODEL_INPUT_BYTES(ECGP_MODEL_INPUTS) == 0u);

    fill(&a, 17);
    CHECK(ecgp_model_invoke(&a) == ECGP_OK);
    memcpy(alone, ecgp_model_output(&a, 0), sizeof alone);

    /* The same input again, with another instance running in between. */
    CHECK(ecgp_model_init(&b, two.bytes, sizeof two) == ECGP_OK);
    fill(&a, 17);
    fill(&b, -100);
    CHECK(ecgp_model_invoke(&b) == ECGP_OK);
    CHECK(ecgp_model_invoke(&a) == ECGP_OK);
    CHECK(memcmp(alone, ecgp_model_output(&a, 0), sizeof alone) == 0);
    CHECK(memcmp(alone, ecgp_model_output(&b, 0), sizeof alone) != 0);

    a.version++;
    CHECK(ecgp_model_invoke(&a) == ECGP_ERR_INTEGRITY);
    return 0;
}
