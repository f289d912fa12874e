/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_rhythm.c
 * @brief The patient's own rhythm; see ecgp_rhythm.h. Every C division here rounds towards zero.
 */
#include "ecgp_rhythm.h"

#include <string.h>

#include "ecgp_integers.h"
#include "ecgp_select.h"

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

/** The RR intervals of the past, in samples. */
typedef struct {
    int32_t mean;      /**< rounded down */
    int32_t median;    /**< the lower one of an even number */
    int32_t quintile;  /**< the fourth, counted from the shortest */
    int32_t longest;   /**< of the newest LONGEST_OF */
    int32_t deviation; /**< mean absolute deviation from the mean, rounded down */
} intervals;

/** How much the newest RR intervals change from one to the next, in samples; 0 without a change. */
typedef struct {
    int32_t mean;   /**< rounded down */
    int32_t median; /**< the lower one of an even number */
} changes;

static void summarize_intervals(const ecgp_rhythm_t *rhythm, intervals *found)
{
    int16_t values[ECGP_RHYTHM_PAST];
    uint32_t sum = 0u;
    uint32_t i;

    found->mean = mean_of(rhythm->rr, rhythm->rr_count);
    found->longest = 0;
    for (i = 0u; i < rhythm->rr_count; i++) {
        values[i] = (int16_t)rhythm->rr[i];
        sum += ecgp_distance(rhythm->rr[i], found->mean);
        found->longest = i < LONGEST_OF ? ecgp_larger(found->longest, rhythm->rr[i]) : found->longest;
    }
    found->deviation = (int32_t)(sum / rhythm->rr_count);
    found->median = ecgp_select(values, rhythm->rr_count, (rhythm->rr_count - 1u) / 2u);
    found->quintile = ecgp_select(values, rhythm->rr_count, (rhythm->rr_count - 1u) * 4u / 5u);
}

static void summarize_changes(const ecgp_rhythm_t *rhythm, changes *found)
{
    const uint32_t count = rhythm->rr_count - 1u < CHANGES ? rhythm->rr_count - 1u : CHANGES;
    int16_t values[CHANGES];
    uint32_t sum = 0u;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        const uint32_t change = ecgp_distance(rhythm->rr[i], rhythm->rr[i + 1u]);
        values[i] = (int16_t)change;
        sum += change;
    }
    found->mean = count > 0u ? (int32_t)(sum / count) : 0;
    found->median = count > 0u ? ecgp_select(values, count, (count - 1u) / 2u) : 0;
}

bool ecgp_rhythm_beat(ecgp_rhythm_t *rhythm, uint16_t rr, uint16_t next, int8_t out[ECGP_RHYTHM_FEATURES])
{
    const int32_t before = rr;
    const int32_t after = next;
    intervals past;
    changes change;
    int32_t previous;
    int32_t mean;
    uint32_t few;

    remember(rhythm, rr);
    summarize_intervals(rhythm, &past);
    summarize_changes(rhythm, &change);
    previous = rhythm->rr_count > 1u ? rhythm->rr[1] : before;
    out[0] = ecgp_relative(GAIN, before, past.mean, past.mean);
    out[1] = ecgp_relative(GAIN, after, past.mean, past.mean);
    out[2] = ecgp_relative(GAIN, before, after, before + after);
    few = rhythm->rr_count < 8u ? rhythm->rr_count : 8u;
    mean = mean_of(rhythm->rr, few);
    out[3] = ecgp_relative(GAIN, before, mean, mean);
    mean = rhythm->long_mean / ECGP_RHYTHM_FRACTION;
    out[4] = ecgp_relative(GAIN, before, mean, mean);
    out[5] = ecgp_relative(GAIN, before, past.median, past.median);
    out[6] = ecgp_relative(GAIN, after, past.median, past.median);
    out[7] = ecgp_relative(GAIN, before, past.quintile, past.quintile);
    out[8] = ecgp_relative(GAIN, before, past.longest, past.longest);
    out[9] = ecgp_relative(GAIN, previous, past.mean, past.mean);
    out[10] = ecgp_relative(GAIN, before, previous, before + previous);
    out[11] = ecgp_relative(GAIN, change.mean, 0, past.mean);
    out[12] = ecgp_relative(GAIN, change.median, 0, past.mean);
    out[13] = ecgp_relative(512u, past.deviation, 0, past.mean);
    out[14] = ecgp_relative(32u, before, past.mean, ecgp_larger(ecgp_larger(past.deviation, past.mean / 50), 1));
    out[15] = ecgp_to_int8(2 * ecgp_log2_ratio(rr, ECGP_RHYTHM_NORMAL_RR));
    out[16] = ecgp_to_int8(2 * ecgp_log2_ratio(next, ECGP_RHYTHM_NORMAL_RR));
    return ecgp_distance(before, past.median) * 8u < (uint32_t)past.median && after * 8 > 7 * past.median;
}

void ecgp_rhythm_init(ecgp_rhythm_t *rhythm) { (void)memset(rhythm, 0, sizeof *rhythm); }
