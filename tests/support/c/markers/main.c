/** @file main.c @brief For the test of the counting plugin: an empty pair of markers, then a loop of known length. */
#include "ecgp_port.h"

void ecgp_marker_begin(void);
void ecgp_marker_end(void);
int main(void);
__attribute__((noinline)) void ecgp_marker_begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) void ecgp_marker_end(void) { __asm__ volatile("" ::: "memory"); }

int main(void)
{
    ecgp_marker_begin();
    ecgp_marker_end();
    ecgp_marker_begin();
    /* 1 to set the counter, 1000 rounds of 3, 1 to skip, 1 to take: the branch falls through once */
    __asm__ volatile(".syntax unified\n\t"
                     "ldr r3, =1000\n"
                     "1: nop\n\t"
                     "subs r3, #1\n\t"
                     "bne 1b\n\t"
                     "b 2f\n\t"
                     "nop\n"
                     "2: nop" ::: "r3", "cc");
    ecgp_marker_end();
    return 0;
}
