/** @file host.c @brief ecgp_qrs_push() on the host: int16 samples from stdin, interleaved by lead, beats to stdout as int32.
 *
 * Argument: leads. A second detector runs beside, on the samples upside down; the two must not know of each other.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "ecgp_qrs.h"

int main(int argc, char **argv)
{
    static ecgp_qrs_t qrs, other;
    static ecgp_filter_t filter[ECGP_QRS_LEADS], inverse[ECGP_QRS_LEADS]; /* of which the detector sees the ring alone */
    int16_t sample[ECGP_QRS_LEADS];
    const uint32_t leads = argc > 1 ? (uint32_t)atol(argv[1]) : 1u;
    ecgp_qrs_beat_t beat, unused;

    if (!ecgp_qrs_init(&qrs, leads) || !ecgp_qrs_init(&other, leads))
        return 2;
    for (uint32_t now = 0; fread(sample, sizeof sample[0], leads, stdin) == leads; now++) {
        for (uint32_t i = 0; i < leads; i++) {
            filter[i].low[now % ECGP_FILTER_KEPT] = sample[i];
            inverse[i].low[now % ECGP_FILTER_KEPT] = (int16_t)~sample[i];
            filter[i].low_at = inverse[i].low_at = (uint16_t)((now + 1) % ECGP_FILTER_KEPT);
        }
        if (ecgp_qrs_push(&qrs, filter, 0, &beat)) {
            int32_t row[4 + 3 * ECGP_QRS_LEADS] = {(int32_t)beat.sample, (int32_t)(beat.sample + beat.late), beat.search_back};

            if (beat.sample + beat.late != now)
                return 3;
            for (uint32_t i = 0; i < leads; i++) {
                row[3 + i] = beat.height[i];
                row[3 + leads + i] = beat.slope[i];
                row[3 + 2 * leads + i] = beat.noise[i];
            }
            row[3 + 3 * leads] = (int32_t)beat.rejected;
            fwrite(row, sizeof row[0], 4 + 3 * leads, stdout);
        }
        (void)ecgp_qrs_push(&other, inverse, 0, &unused);
    }
    fprintf(stderr, "%u\n", (unsigned)sizeof qrs);
    return 0;
}
