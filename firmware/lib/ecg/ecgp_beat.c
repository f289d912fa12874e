/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_beat.c
 * @brief Integer normalization and RR features; see ecgp_beat.h.
 */
#include "ecgp_beat.h"

#include "ecgp_integers.h"

/** Sum of the samples. */
static int32_t sum_of(const int16_t *samples, uint32_t count)
{
    int32_t sum = 0;
    uint32_t left = count;

#if ECGP_DSP && ECGP_UNALIGNED
    for (; left >= 2u; left -= 2u) {
        sum = ecgp_smlad(ecgp_load2(samples), ECGP_ONES2, sum);
        samples += 2;
    }
#endif
    for (; left > 0u; left--) {
        sum += *samples;
        samples++;
    }
    return sum;
}

/** Sum of what the samples are above `mean`, where they are; twice, and added to `sum`, modulo 2^32. */
static uint32_t add_above(const int16_t *samples, uint32_t count, int32_t mean, uint32_t sum)
{
    uint32_t left = count;

#if ECGP_DSP && ECGP_UNALIGNED
    const uint32_t means = ecgp_both(mean) ^ 0x80008000u; /* as uint16, which are 32768 more */

    for (; left >= 2u; left -= 2u) {
        const uint32_t above = ecgp_uqsub2(ecgp_load2(samples) ^ 0x80008000u, means);

        sum += 2u * ((above & 0xffffu) + (above >> 16));
        samples += 2;
    }
#endif
    for (; left > 0u; left--) {
        sum += 2u * (uint32_t)ecgp_larger(*samples - mean, 0);
        samples++;
    }
    return sum;
}

void ecgp_beat_normalize(const int16_t *samples, size_t count, int8_t *out)
{
    const int32_t n = (int32_t)count;
    int32_t deviation;
    int32_t half;
    int32_t mean;
    int32_t sum;
    size_t i;

    if (count == 0u || count > ECGP_BEAT_MAX_SAMPLES) {
        return;
    }
    sum = sum_of(samples, (uint32_t)count);
    mean = sum / n - (sum % n < 0 ? 1 : 0); /* rounded down */
    /* The absolute deviations, of which the sum is below 2^31: twice those above the mean, less all with their signs. */
    deviation = (int32_t)add_above(samples, (uint32_t)count, mean, (uint32_t)(n * mean - sum)) / n;
    deviation = ecgp_larger(deviation, (int32_t)ECGP_BEAT_MIN_DEVIATION);
    half = deviation / 2;
    for (i = 0; i < count; i++) {
        const int32_t off = samples[i] - mean;
        const int32_t sign = off < 0 ? -1 : 0;

        out[i] = (int8_t)ecgp_ssat8(((int32_t)ECGP_BEAT_GAIN * off + (half ^ sign) - sign) / deviation); /* to nearest */
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
