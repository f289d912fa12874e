/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_rhythm.c
 * @brief The patient's own rhythm; see ecgp_rhythm.h. Every C division here rounds towards zero.
 */
#include "ecgp_rhythm.h"

#include <string.h>

#include "ecgp_integers.h"
#include "ecgp_sort.h"

#define LONGEST_OF 16u /* RR intervals whose longest is a feature */
#define CHANGES 32u    /* differences of successive RR intervals */
#define GAIN 256u      /* int8 units per relative difference of 1 */

/** Mean rounded down; 0 without values. */
static int32_t mean_of(const uint16_t *values, uint32_t count)
{
    uint32_t sum = 0u;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        sum += values[i];
    }
    return count > 0u ? (int32_t)(sum / count) : 0;
}

/** Enters an RR interval into the past and into the long mean, which forgets exponentially once it is full. */
static void remember(ecgp_rhythm_t *rhythm, uint16_t rr)
{
    uint32_t i;

    rhythm->rr_count = (uint16_t)(rhythm->rr_count < ECGP_RHYTHM_PAST ? rhythm->rr_count + 1u : ECGP_RHYTHM_PAST);
    for (i = rhythm->rr_count - 1u; i > 0u; i--) {
        rhythm->rr[i] = rhythm->rr[i - 1u];
    }
    rhythm->rr[0] = rr;
    rhythm->long_mean = rhythm->long_count > 0u ? rhythm->long_mean : (int32_t)rr * ECGP_RHYTHM_FRACTION;
    rhythm->long_count = (uint16_t)(rhythm->long_count < ECGP_RHYTHM_LONG ? rhythm->long_count + 1u : ECGP_RHYTHM_LONG);
    rhythm->long_mean += ((int32_t)rr * ECGP_RHYTHM_FRACTION - rhythm->long_mean) / (int32_t)rhythm->long_count;
}

bool ecgp_rhythm_beat(ecgp_rhythm_t *rhythm, uint16_t rr, uint16_t next, int8_t out[ECGP_RHYTHM_FEATURES])
{
    int16_t sorted[ECGP_RHYTHM_PAST];
    uint32_t changes, i, sum = 0u;
    int32_t mean, median, quintile, previous, deviation, change, longest = 0;
    const int32_t before = rr, after = next;

    remember(rhythm, rr);
    mean = mean_of(rhythm->rr, rhythm->rr_count);
    for (i = 0u; i < rhythm->rr_count; i++) {
        sorted[i] = (int16_t)rhythm->rr[i];
        sum += ecgp_distance(rhythm->rr[i], mean);
        longest = i < LONGEST_OF ? ecgp_larger(longest, rhythm->rr[i]) : longest;
    }
    deviation = (int32_t)(sum / rhythm->rr_count);
    ecgp_sort(sorted, rhythm->rr_count);
    median = sorted[(rhythm->rr_count - 1u) / 2u];
    quintile = sorted[(rhythm->rr_count - 1u) * 4u / 5u];
    previous = rhythm->rr_count > 1u ? rhythm->rr[1] : before;
    changes = rhythm->rr_count - 1u < CHANGES ? rhythm->rr_count - 1u : CHANGES;
    sum = 0u;
    for (i = 0u; i < changes; i++) {
        const uint32_t difference = ecgp_distance(rhythm->rr[i], rhythm->rr[i + 1u]);
        sorted[i] = (int16_t)difference;
        sum += difference;
    }
    ecgp_sort(sorted, changes);
    change = changes > 0u ? (int32_t)(sum / changes) : 0;
    out[0] = ecgp_relative(GAIN, before, mean, mean);
    out[1] = ecgp_relative(GAIN, after, mean, mean);
    out[2] = ecgp_relative(GAIN, before, after, before + after);
    i = rhythm->rr_count < 8u ? rhythm->rr_count : 8u;
    out[3] = ecgp_relative(GAIN, before, mean_of(rhythm->rr, i), mean_of(rhythm->rr, i));
    i = (uint32_t)(rhythm->long_mean / ECGP_RHYTHM_FRACTION);
    out[4] = ecgp_relative(GAIN, before, (int32_t)i, (int32_t)i);
    out[5] = ecgp_relative(GAIN, before, median, median);
    out[6] = ecgp_relative(GAIN, after, median, median);
    out[7] = ecgp_relative(GAIN, before, quintile, quintile);
    out[8] = ecgp_relative(GAIN, before, longest, longest);
    out[9] = ecgp_relative(GAIN, previous, mean, mean);
    out[10] = ecgp_relative(GAIN, before, previous, before + previous);
    out[11] = ecgp_relative(GAIN, change, 0, mean);
    out[12] = ecgp_relative(GAIN, changes > 0u ? sorted[(changes - 1u) / 2u] : 0, 0, mean);
    out[13] = ecgp_relative(512u, deviation, 0, mean);
    out[14] = ecgp_relative(32u, before, mean, ecgp_larger(ecgp_larger(deviation, mean / 50), 1));
    out[15] = ecgp_to_int8(2 * ecgp_log2_ratio(rr, ECGP_RHYTHM_NORMAL_RR));
    out[16] = ecgp_to_int8(2 * ecgp_log2_ratio(next, ECGP_RHYTHM_NORMAL_RR));
    return ecgp_distance(before, median) * 8u < (uint32_t)median && after * 8 > 7 * median;
}

void ecgp_rhythm_init(ecgp_rhythm_t *rhythm) { memset(rhythm, 0, sizeof *rhythm); }
