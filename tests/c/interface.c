/**
 * @file interface.c
 * @brief What a generated model answers to wrong use, and that instances do not disturb one another.
 *
 * Exit status 0 when all holds; otherwise the number of the first check that failed.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ep_model.h"

#define CHECK(condition)      \
    do {                      \
        number++;             \
        if (!(condition)) {   \
            return number;    \
        }                     \
    } while (0)

typedef union {
    int8_t bytes[EP_MODEL_ARENA_BYTES + 16u];
    __attribute__((aligned(16))) int8_t first;
} ep_arena;

static ep_arena one;
static ep_arena two;

static void fill(ep_model_t *m, int value)
{
    memset(ep_model_input(m, 0), value, EP_MODEL_INPUT_BYTES(0));
}

int main(void)
{
    static int8_t alone[EP_MODEL_OUTPUT_BYTES(0)];
    ep_model_t a;
    ep_model_t b;
    int number = 0;

    memset(&a, 0x5A, sizeof a);
    CHECK(ep_model_invoke(&a) == EP_ERR_INTEGRITY);
    CHECK(ep_model_invoke(NULL) == EP_ERR_INTEGRITY);
    CHECK(ep_model_input(&a, 0) == NULL);
    CHECK(ep_model_output(&a, 0) == NULL);

    CHECK(ep_model_init(NULL, one.bytes, sizeof one) == EP_ERR_INTEGRITY);
    CHECK(ep_model_init(&a, NULL, sizeof one) == EP_ERR_ARENA);
    CHECK(ep_model_init(&a, one.bytes + 1, EP_MODEL_ARENA_BYTES) == EP_ERR_ARENA);
    CHECK(ep_model_init(&a, one.bytes, EP_MODEL_ARENA_BYTES - 1u) == EP_ERR_ARENA);
    CHECK(ep_model_invoke(&a) == EP_ERR_INTEGRITY);

    CHECK(ep_model_init(&a, one.bytes, EP_MODEL_ARENA_BYTES) == EP_OK);
    CHECK(ep_model_input(&a, -1) == NULL);
    CHECK(ep_model_input(&a, EP_MODEL_INPUTS) == NULL);
    CHECK(ep_model_output(&a, -1) == NULL);
    CHECK(ep_model_output(&a, EP_MODEL_OUTPUTS) == NULL);
    CHECK(EP_MODEL_INPUT_BYTES(EP_MODEL_INPUTS) == 0u);

    fill(&a, 17);
    CHECK(ep_model_invoke(&a) == EP_OK);
    memcpy(alone, ep_model_output(&a, 0), sizeof alone);

    /* The same input again, with another instance running in between. */
    CHECK(ep_model_init(&b, two.bytes, sizeof two) == EP_OK);
    fill(&a, 17);
    fill(&b, -100);
    CHECK(ep_model_invoke(&b) == EP_OK);
    CHECK(ep_model_invoke(&a) == EP_OK);
    CHECK(memcmp(alone, ep_model_output(&a, 0), sizeof alone) == 0);
    CHECK(memcmp(alone, ep_model_output(&b, 0), sizeof alone) != 0);

    a.magic ^= 1u;
    CHECK(ep_model_invoke(&a) == EP_ERR_INTEGRITY);
    return 0;
}
