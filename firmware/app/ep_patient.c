/**
 * @file ep_patient.c
 * @brief The patient's own rhythm; see ep_patient.h. Every C division here rounds towards zero.
 */
#include "ep_patient.h"

#include <stddef.h>
#include <string.h>

#include "ep_integers.h"
#include "ep_patient_parts.h"

#define LONGEST_OF 16u
#define CHANGES 32u

void ep_patient_sort(int16_t *values, uint32_t count)
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

static void remember(ep_patient_t *p, uint16_t rr)
{
    uint32_t i;

    p->rr_count = (uint16_t)(p->rr_count < EP_PATIENT_PAST ? p->rr_count + 1u : EP_PATIENT_PAST);
    for (i = p->rr_count - 1u; i > 0u; i--) {
        p->rr[i] = p->rr[i - 1u];
    }
    p->rr[0] = rr;
    p->long_mean = p->long_count > 0u ? p->long_mean : (int32_t)rr * EP_PATIENT_FRACTION;
    p->long_count = (uint16_t)(p->long_count < EP_PATIENT_LONG ? p->long_count + 1u : EP_PATIENT_LONG);
    p->long_mean += ((int32_t)rr * EP_PATIENT_FRACTION - p->long_mean) / (int32_t)p->long_count;
}

int ep_patient_rhythm(ep_patient_t *p, uint16_t rr, uint16_t next, int8_t *out)
{
    int16_t sorted[EP_PATIENT_PAST];
    uint32_t changes, i, sum = 0u;
    int32_t mean, median, quintile, previous, deviation, change, longest = 0;
    const int32_t before = rr, after = next;

    remember(p, rr);
    mean = mean_of(p->rr, p->rr_count);
    for (i = 0u; i < p->rr_count; i++) {
        sorted[i] = (int16_t)p->rr[i];
        sum += ep_distance(p->rr[i], mean);
        longest = i < LONGEST_OF ? ep_larger(longest, p->rr[i]) : longest;
    }
    deviation = (int32_t)(sum / p->rr_count);
    ep_patient_sort(sorted, p->rr_count);
    median = sorted[(p->rr_count - 1u) / 2u];
    quintile = sorted[(p->rr_count - 1u) * 4u / 5u];
    previous = p->rr_count > 1u ? p->rr[1] : before;
    changes = p->rr_count - 1u < CHANGES ? p->rr_count - 1u : CHANGES;
    sum = 0u;
    for (i = 0u; i < changes; i++) {
        const uint32_t step = ep_distance(p->rr[i], p->rr[i + 1u]);
        sorted[i] = (int16_t)step;
        sum += step;
    }
    ep_patient_sort(sorted, changes);
    change = changes > 0u ? (int32_t)(sum / changes) : 0;
    out[0] = ep_relative(256u, before, mean, mean);
    out[1] = ep_relative(256u, after, mean, mean);
    out[2] = ep_relative(256u, before, after, before + after);
    i = p->rr_count < 8u ? p->rr_count : 8u;
    out[3] = ep_relative(256u, before, mean_of(p->rr, i), mean_of(p->rr, i));
    i = (uint32_t)(p->long_mean / EP_PATIENT_FRACTION);
    out[4] = ep_relative(256u, before, (int32_t)i, (int32_t)i);
    out[5] = ep_relative(256u, before, median, median);
    out[6] = ep_relative(256u, after, median, median);
    out[7] = ep_relative(256u, before, quintile, quintile);
    out[8] = ep_relative(256u, before, longest, longest);
    out[9] = ep_relative(256u, previous, mean, mean);
    out[10] = ep_relative(256u, before, previous, before + previous);
    out[11] = ep_relative(256u, change, 0, mean);
    out[12] = ep_relative(256u, changes > 0u ? sorted[(changes - 1u) / 2u] : 0, 0, mean);
    out[13] = ep_relative(512u, deviation, 0, mean);
    out[14] = ep_relative(32u, before, mean, ep_larger(ep_larger(deviation, mean / 50), 1));
    out[15] = ep_to_int8(2 * ep_log2_ratio(rr, EP_PATIENT_USUAL));
    out[16] = ep_to_int8(2 * ep_log2_ratio(next, EP_PATIENT_USUAL));
    return ep_distance(before, median) * 8u < (uint32_t)median && after * 8 > 7 * median;
}

void ep_patient_init(ep_patient_t *patient) { memset(patient, 0, sizeof *patient); }

void ep_patient_beat(ep_patient_t *patient, const int16_t *window, uint16_t before, uint16_t next,
                     int8_t out[EP_PATIENT_FEATURES])
{
    int8_t timing[EP_PATIENT_RHYTHM];
    uint16_t rr = before > 0u ? before : next > 0u ? next : (uint16_t)EP_PATIENT_USUAL;
    uint16_t after = next > 0u ? next : rr;
    int regular;

    rr = (uint16_t)(rr < EP_PATIENT_RR_LIMIT ? rr : EP_PATIENT_RR_LIMIT);
    after = (uint16_t)(after < EP_PATIENT_RR_LIMIT ? after : EP_PATIENT_RR_LIMIT);
    regular = ep_patient_rhythm(patient, rr, after, timing);
    if (window != NULL) {
        memcpy(out, timing, sizeof timing);
        ep_patient_shape(patient, window, regular, out + EP_PATIENT_RHYTHM);
    }
}
