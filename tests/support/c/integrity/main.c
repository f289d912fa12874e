/**
 * @file main.c
 * @brief Checks a model's constants between the markers, then initializes it, which must give the same status.
 *
 * Exit status: 1 - ecgp_status of both, 99 where they differ.
 */
#include "ecgp_model.h"

void ecgp_marker_begin(void);
void ecgp_marker_end(void);
int main(void);
__attribute__((noinline)) void ecgp_marker_begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) void ecgp_marker_end(void) { __asm__ volatile("" ::: "memory"); }

int main(void)
{
    static uint8_t arena[ECGP_MODEL_ARENA_BYTES] __attribute__((aligned(16)));
    static ecgp_model_t model;

    ecgp_marker_begin();
    const ecgp_status checked = ecgp_model_check();
    ecgp_marker_end();
    const ecgp_status started = ecgp_model_init(&model, arena, sizeof arena);

    return checked == started ? 1 - (int)checked : 99;
}
