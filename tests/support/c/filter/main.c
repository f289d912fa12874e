/** @file main.c @brief Runs ecgp_filter_push() over a signal on the board, its second second counted; fails on a wrong bit. */
#include <stdint.h>

#include "ecgp_filter.h"
#include "ecgp_port.h"
#include "signal.h"

void ecgp_marker_begin(void);
void ecgp_marker_end(void);
int main(void);
__attribute__((noinline)) void ecgp_marker_begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) void ecgp_marker_end(void) { __asm__ volatile("" ::: "memory"); }

int main(void)
{
    static ecgp_filter_t filter;
    static int16_t found[sizeof expected / sizeof expected[0] + ECGP_FILTER_MOST];
    uint32_t count = 0;

    if (!ecgp_filter_init(&filter, RATE_HZ, 200000u, 0))
        return 1;
    for (uint32_t second = 0; second < 3u; second++) {
        if (second == 1u)
            ecgp_marker_begin();
        for (uint32_t i = second * RATE_HZ; i < (second + 1u) * RATE_HZ; i++)
            count += ecgp_filter_push(&filter, samples[i], found + count);
        if (second == 1u)
            ecgp_marker_end();
    }
    for (uint32_t i = 0; i < count; i++)
        if (found[i] != expected[i])
            return 2;
    return count == sizeof expected / sizeof expected[0] ? 0 : 3;
}
