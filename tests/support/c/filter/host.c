/** @file host.c @brief ecgp_filter_push() on the host: int16 samples from stdin, what it gives to stdout.
 *
 * Arguments: rate in Hz, ADC units per volt, ADC units at 0 V, the sample before which the filter is reset (0: none), and
 * whatever, to have the low-passed samples in place of the outputs.
 * A second filter runs beside, on the samples upside down; the two must not know of each other.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "ecgp_filter.h"

int main(int argc, char **argv)
{
    static ecgp_filter_t filter, other;
    int16_t sample, out[ECGP_FILTER_MOST], unused[ECGP_FILTER_MOST];
    long gap = argc > 4 ? atol(argv[4]) : 0;

    if (argc < 4 || !ecgp_filter_init(&filter, (uint16_t)atol(argv[1]), (uint32_t)atol(argv[2]), (int16_t)atol(argv[3])))
        return 2;
    if (!ecgp_filter_init(&other, 1000, 1000, 0))
        return 2;
    for (long at = 0; fread(&sample, sizeof sample, 1, stdin) == 1; at++) {
        if (gap > 0 && at == gap)
            ecgp_filter_reset(&filter);
        const uint32_t count = ecgp_filter_push(&filter, sample, out);

        if (count > ECGP_FILTER_MOST || ecgp_filter_push(&other, (int16_t)~sample, unused) > ECGP_FILTER_MOST)
            return 3;
        for (uint32_t i = 0; argc > 5 && i < count; i++)
            out[i] = ecgp_filter_low(&filter, count - 1 - i);
        fwrite(out, sizeof out[0], count, stdout);
    }
    fprintf(stderr, "%u %u\n", (unsigned)sizeof filter, (unsigned)ECGP_FILTER_DELAY);
    return 0;
}
