/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_beat.c
 * @brief Integer normalization and RR features; see ecgp_beat.h.
 */
#include "ecgp_beat.h"

#include "ecgp_integers.h"

/** Mean of the samples, rounded down (C's division rounds towards zero). */
static int32_t floor_mean(const int16_t *samples, size_t count)
{
    const int32_t n = (int32_t)count;
    int32_t sum = 0;
    int32_t mean;
    size_t i;

    for (i = 0; i < count; i++) {
        sum += samples[i];
    }
    mean = sum / n;
    return (sum % n) < 0 ? mean - 1 : mean;
}

void ecgp_beat_normalize(const int16_t *samples, size_t count, int8_t *out)
{
    uint32_t deviation = 0;
    int32_t mean;
    size_t i;

    if (count == 0u || count > ECGP_BEAT_MAX_SAMPLES) {
        return;
    }
    mean = floor_mean(samples, count);
    for (i = 0; i < count; i++) {
        deviation += ecgp_distance(samples[i], mean);
    }
    deviation /= (uint32_t)count;
    if (deviation < ECGP_BEAT_MIN_DEVIATION) {
        deviation = ECGP_BEAT_MIN_DEVIATION;
    }
    for (i = 0; i < count; i++) {
        out[i] = ecgp_quotient(ECGP_BEAT_GAIN * ecgp_distance(samples[i], mean), deviation, samples[i] < mean);
    }
}

/** An RR interval in samples, clipped to 1 to `limit`. */
static uint32_t clipped_rr(uint16_t rr, uint32_t limit)
{
    return rr < 1u ? 1u : rr > limit ? limit : rr;
}

/** ECGP_BEAT_RR_GAIN * (a - b) / divisor as int8. */
static int8_t relative(uint32_t a, uint32_t b, uint32_t divisor)
{
    return ecgp_relative(ECGP_BEAT_RR_GAIN, (int32_t)a, (int32_t)b, (int32_t)divisor);
}

/** Mean of the last ECGP_BEAT_RR_PAST intervals, rounded down; count > 0. */
static uint32_t local_mean(const uint16_t *past, size_t count, uint32_t limit)
{
    size_t i = count > ECGP_BEAT_RR_PAST ? count - ECGP_BEAT_RR_PAST : 0u;
    const uint32_t used = (uint32_t)(count - i);
    uint32_t sum = 0;

    for (; i < count; i++) {
        sum += clipped_rr(past[i], limit);
    }
    return sum / used;
}

void ecgp_beat_rr(const uint16_t *past, size_t past_count, uint16_t next, uint16_t sample_rate_hz,
                  int8_t out[ECGP_BEAT_RR_FEATURES])
{
    const uint32_t normal = (uint32_t)sample_rate_hz * 4u / 5u; /* 0.8 s, 75 beats a minute */
    const uint32_t limit = (uint32_t)sample_rate_hz * ECGP_BEAT_RR_LIMIT_S;
    uint32_t before = next > 0u ? clipped_rr(next, limit) : normal;
    uint32_t after = before;
    uint32_t mean = before;

    if (past_count > 0u) {
        before = clipped_rr(past[past_count - 1u], limit);
        after = next > 0u ? after : before;
        mean = local_mean(past, past_count, limit);
    }
    out[0] = relative(before, mean, mean);
    out[1] = relative(after, mean, mean);
    out[2] = relative(before, after, before + after);
    out[3] = relative(mean, normal, normal);
}
