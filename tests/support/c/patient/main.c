/** @file main.c @brief Computes inputs over recorded beats on the board, as beats.h says; fails on the first wrong byte. */
#include <stdint.h>
#include <string.h>

#include "beats.h"
#include "ecgp_port.h"

void ecgp_marker_begin(void);
void ecgp_marker_end(void);
int main(void);
__attribute__((noinline)) void ecgp_marker_begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) void ecgp_marker_end(void) { __asm__ volatile("" ::: "memory"); }

int main(void)
{
    static STATE state;

    INIT(&state);
    for (uint32_t i = 0; i < BEATS; i++) {
        int8_t found[sizeof expected[0]];

        ecgp_marker_begin();
        BEAT(&state, windows[i], before[i], after[i], found);
        ecgp_marker_end();
        if (memcmp(found, expected[i], sizeof found) != 0)
            return 1;
    }
    return 0;
}
