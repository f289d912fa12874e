/**
 * @file flips.c
 * @brief Flips every bit of a generated model's constants, one at a time, and prints which of them init does not refuse.
 *
 * The model's C is included without `const`, so that its constants can be written. A line for each object of
 * flips_objects.h: its name, its bytes, and the bits that init took.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ecgp_status.h"
#define const
#include "flips_model.h"
#undef const

static union {
    int8_t bytes[ECGP_MODEL_ARENA_BYTES];
    __attribute__((aligned(16))) int8_t first;
} arena;

/** Bits of the object that init takes when they are wrong; -1: it refuses the object as it is, or with another status. */
static long accepted(void *object, size_t bytes)
{
    uint8_t *at = object;
    ecgp_model_t model;
    long taken = 0;

    for (size_t bit = 0; bit < 8u * bytes; bit++) {
        at[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
        const ecgp_status status = ecgp_model_init(&model, arena.bytes, sizeof arena);
        at[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
        taken += status == ECGP_OK;
        if (status != ECGP_OK && (status != ECGP_ERR_CONSTANTS || ecgp_model_invoke(&model) != ECGP_ERR_INTEGRITY)) {
            return -1;
        }
    }
    return ecgp_model_init(&model, arena.bytes, sizeof arena) == ECGP_OK ? taken : -1;
}

#define FLIP(object) (void)printf("%s %zu %ld\n", #object, sizeof object, accepted(&object, sizeof object))

int main(void)
{
#include "flips_objects.h"
    return 0;
}
