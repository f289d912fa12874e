/** @file main.c @brief Filters signals of several rates on the board, a second of each counted; fails on the first wrong bit. */
#include <stdint.h>

#include "ecgp_filter.h"
#include "ecgp_port.h"
#include "signals.h"

void ecgp_marker_begin(void);
void ecgp_marker_end(void);
int main(void);
__attribute__((noinline)) void ecgp_marker_begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) void ecgp_marker_end(void) { __asm__ volatile("" ::: "memory"); }

/** A second of signal. Returns the number of samples written. */
static uint32_t second(ecgp_filter_t *filter, const int16_t *samples, uint32_t rate_hz, int16_t *out)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < rate_hz; i++)
        count += ecgp_filter_push(filter, samples[i], out + count);
    return count;
}

int main(void)
{
    static ecgp_filter_t filter;
    static int16_t found[2 * ECGP_FILTER_RATE_HZ + ECGP_FILTER_MOST];
    const int16_t *expected = expected_values;
    const int16_t *samples = sample_values;

    for (uint32_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        uint32_t count;

        if (!ecgp_filter_init(&filter, rates[r], 200000u, 0))
            return 1;
        count = second(&filter, samples, rates[r], found);
        ecgp_marker_begin();
        count += second(&filter, samples + rates[r], rates[r], found + count);
        ecgp_marker_end();
        for (uint32_t i = 0; i < count; i++)
            if (found[i] != expected[i])
                return 2;
        if (count != counts[r])
            return 3;
        samples += 2u * rates[r];
        expected += count;
    }
    return 0;
}
