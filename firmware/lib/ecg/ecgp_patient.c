/**
 * @file ecgp_patient.c
 * @brief The patient's own rhythm; see ecgp_patient.h. Every C division here rounds towards zero.
 */
#include "ecgp_patient.h"

#include <stddef.h>
#include <string.h>

#include "ecgp_integers.h"
#include "ecgp_patient_parts.h"

#define LONGEST_OF 16u
#define CHANGES 32u

void ecgp_patient_sort(int16_t *values, uint32_t count)
{
    uint32_t i;

    for (i = 1u; i < count; i++) {
        const int16_t value = values[i];
        uint32_t at = i;
        for (; at > 0u && values[at - 1u] > value; at--) {
            values[at] = values[at - 1u];
        }
        values[at] = value;
    }
}

static int32_t mean_of(const uint16_t *values, uint32_t count)
{
    uint32_t sum = 0u;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        sum += values[i];
    }
    return count > 0u ? (int32_t)(sum / count) : 0;
}

static void remember(ecgp_patient_t *p, uint16_t rr)
{
    uint32_t i;

    p->rr_count = (uint16_t)(p->rr_count < ECGP_PATIENT_PAST ? p->rr_count + 1u : ECGP_PATIENT_PAST);
    for (i = p->rr_count - 1u; i > 0u; i--) {
        p->rr[i] = p->rr[i - 1u];
    }
    p->rr[0] = rr;
    p->long_mean = p->long_count > 0u ? p->long_mean : (int32_t)rr * ECGP_PATIENT_FRACTION;
    p->long_count = (uint16_t)(p->long_count < ECGP_PATIENT_LONG ? p->long_count + 1u : ECGP_PATIENT_LONG);
    p->long_mean += ((int32_t)rr * ECGP_PATIENT_FRACTION - p->long_mean) / (int32_t)p->long_count;
}

int ecgp_patient_rhythm(ecgp_patient_t *p, uint16_t rr, uint16_t next, int8_t *out)
{
    int16_t sorted[ECGP_PATIENT_PAST];
    uint32_t changes, i, sum = 0u;
    int32_t mean, median, quintile, previous, deviation, change, longest = 0;
    const int32_t before = rr, after = next;

    remember(p, rr);
    mean = mean_of(p->rr, p->rr_count);
    for (i = 0u; i < p->rr_count; i++) {
        sorted[i] = (int16_t)p->rr[i];
        sum += ecgp_distance(p->rr[i], mean);
        longest = i < LONGEST_OF ? ecgp_larger(longest, p->rr[i]) : longest;
    }
    deviation = (int32_t)(sum / p->rr_count);
    ecgp_patient_sort(sorted, p->rr_count);
    median = sorted[(p->rr_count - 1u) / 2u];
    quintile = sorted[(p->rr_count - 1u) * 4u / 5u];
    previous = p->rr_count > 1u ? p->rr[1] : before;
    changes = p->rr_count - 1u < CHANGES ? p->rr_count - 1u : CHANGES;
    sum = 0u;
    for (i = 0u; i < changes; i++) {
        const uint32_t step = ecgp_distance(p->rr[i], p->rr[i + 1u]);
        sorted[i] = (int16_t)step;
        sum += step;
    }
    ecgp_patient_sort(sorted, changes);
    change = changes > 0u ? (int32_t)(sum / changes) : 0;
    out[0] = ecgp_relative(256u, before, mean, mean);
    out[1] = ecgp_relative(256u, after, mean, mean);
    out[2] = ecgp_relative(256u, before, after, before + after);
    i = p->rr_count < 8u ? p->rr_count : 8u;
    out[3] = ecgp_relative(256u, before, mean_of(p->rr, i), mean_of(p->rr, i));
    i = (uint32_t)(p->long_mean / ECGP_PATIENT_FRACTION);
    out[4] = ecgp_relative(256u, before, (int32_t)i, (int32_t)i);
    out[5] = ecgp_relative(256u, before, median, median);
    out[6] = ecgp_relative(256u, after, median, median);
    out[7] = ecgp_relative(256u, before, quintile, quintile);
    out[8] = ecgp_relative(256u, before, longest, longest);
    out[9] = ecgp_relative(256u, previous, mean, mean);
    out[10] = ecgp_relative(256u, before, previous, before + previous);
    out[11] = ecgp_relative(256u, change, 0, mean);
    out[12] = ecgp_relative(256u, changes > 0u ? sorted[(changes - 1u) / 2u] : 0, 0, mean);
    out[13] = ecgp_relative(512u, deviation, 0, mean);
    out[14] = ecgp_relative(32u, before, mean, ecgp_larger(ecgp_larger(deviation, mean / 50), 1));
    out[15] = ecgp_to_int8(2 * ecgp_log2_ratio(rr, ECGP_PATIENT_USUAL));
    out[16] = ecgp_to_int8(2 * ecgp_log2_ratio(next, ECGP_PATIENT_USUAL));
    return ecgp_distance(before, median) * 8u < (uint32_t)median && after * 8 > 7 * median;
}

void ecgp_patient_init(ecgp_patient_t *patient) { memset(patient, 0, sizeof *patient); }

void ecgp_patient_beat(ecgp_patient_t *patient, const int16_t *window, uint16_t before, uint16_t next,
                     int8_t out[ECGP_PATIENT_FEATURES])
{
    int8_t timing[ECGP_PATIENT_RHYTHM];
    uint16_t rr = before > 0u ? before : next > 0u ? next : (uint16_t)ECGP_PATIENT_USUAL;
    uint16_t after = next > 0u ? next : rr;
    int regular;

    rr = (uint16_t)(rr < ECGP_PATIENT_RR_LIMIT ? rr : ECGP_PATIENT_RR_LIMIT);
    after = (uint16_t)(after < ECGP_PATIENT_RR_LIMIT ? after : ECGP_PATIENT_RR_LIMIT);
    regular = ecgp_patient_rhythm(patient, rr, after, timing);
    if (window != NULL) {
        memcpy(out, timing, sizeof timing);
        ecgp_patient_shape(patient, window, regular, out + ECGP_PATIENT_RHYTHM);
    }
}
