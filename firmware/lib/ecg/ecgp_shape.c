/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_shape.c
 * @brief Shape of one beat; see ecgp_shape.h. Every C division here rounds towards zero.
 */
#include "ecgp_shape.h"

#include "ecgp_integers.h"

/** Part of the window: its first sample, and one past its last. */
typedef struct {
    uint32_t from;
    uint32_t to;
} part;

static const part QRS = {34u, 74u};
static const part WHOLE = {12u, 92u};
static const part T = {82u, 128u};
static const part P = {4u, 40u};
static const part SLOPE = {28u, 82u};
#define R_PEAK 52 /* sample of the window */
#define EDGE 6u   /* last samples of the P wave's part, where it is over */

static int32_t sum_of(const int16_t *x, uint32_t count)
{
    int32_t sum = 0;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        sum += x[i];
    }
    return sum;
}

/** Mean rounded down; count > 0. */
static int32_t mean_of(const int16_t *x, uint32_t count)
{
    const int32_t sum = sum_of(x, count);

    return sum / (int32_t)count - (sum % (int32_t)count < 0 ? 1 : 0);
}

/** Sum of absolute deviations from the mean, and one for each sample. */
static uint32_t size_of(const int16_t *window, part p)
{
    const int32_t mean = mean_of(window + p.from, p.to - p.from);
    uint32_t sum = p.to - p.from;
    uint32_t i;

    for (i = p.from; i < p.to; i++) {
        sum += ecgp_distance(window[i], mean);
    }
    return sum;
}

/** Euclidean length of `count` samples about `mean`, rounded up or 1 more. */
static int32_t length_of(const int16_t *x, uint32_t count, int32_t mean)
{
    uint32_t squares = 0u;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        const uint32_t off = ecgp_distance(x[i], mean);
        squares += off * off;
    }
    return (int32_t)ecgp_root(squares) + 1;
}

/** 128 times the highest correlation of the beat's part, moved to fit, with the template beat's. */
static int8_t correlation(const int16_t *window, const int16_t *template_beat, part p)
{
    const uint32_t count = p.to - p.from;
    const int32_t mean = mean_of(template_beat + p.from, count);
    const int32_t length = length_of(template_beat + p.from, count, mean);
    int16_t unit[ECGP_SHAPE_LONGEST];
    int32_t best = -128;
    int32_t by;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        unit[i] = (int16_t)((template_beat[p.from + i] - mean) * ECGP_SHAPE_LENGTH / length);
    }
    for (by = -ECGP_SHAPE_REACH; by <= ECGP_SHAPE_REACH; by++) {
        const int16_t *x = window + (int32_t)p.from + by;
        const int32_t moved_mean = mean_of(x, count);
        int32_t sum = 0;

        for (i = 0u; i < count; i++) {
            sum += (x[i] - moved_mean) * unit[i];
        }
        best = ecgp_larger(best, sum / (ECGP_SHAPE_LENGTH / 128 * length_of(x, count, moved_mean)));
    }
    return ecgp_to_int8(best);
}

/** Highest less lowest sample of the QRS. */
static uint32_t amplitude_of(const int16_t *x)
{
    int32_t low = x[QRS.from];
    int32_t high = low;
    uint32_t i;

    for (i = QRS.from; i < QRS.to; i++) {
        low = x[i] < low ? x[i] : low;
        high = ecgp_larger(high, x[i]);
    }
    return ecgp_distance(high, low);
}

/** Writes two features: the QRS's amplitude to its steepest slope, and where the slopes are. */
static void slopes(const int16_t *x, int8_t *out)
{
    uint32_t steepest = 0u;
    uint32_t sum = 1u;
    uint32_t weighted = 0u;
    uint32_t i;

    for (i = SLOPE.from; i < SLOPE.to - 1u; i++) {
        const uint32_t slope = ecgp_distance(x[i + 1u], x[i]);
        steepest = slope > steepest ? slope : steepest;
        sum += slope;
        weighted += slope * 16u * ecgp_distance((int32_t)i, R_PEAK);
    }
    out[0] = ecgp_to_int8(ecgp_log2_ratio(amplitude_of(x) + 1u, steepest + 1u) - 64);
    out[1] = ecgp_to_int8((int32_t)(weighted / sum) - 160);
}

/** Writes two features: how many samples are higher than a half, and than a quarter, of the QRS's highest. */
static void widths(const int16_t *x, int8_t *out)
{
    uint32_t peak = 0u;
    int32_t half = 0;
    int32_t quarter = 0;
    uint32_t i;

    for (i = QRS.from; i < QRS.to; i++) {
        const uint32_t height = ecgp_distance(x[i], 0);
        peak = height > peak ? height : peak;
    }
    for (i = SLOPE.from; i < SLOPE.to; i++) {
        const uint32_t height = ecgp_distance(x[i], 0);
        half += 2u * height > peak ? 1 : 0;
        quarter += 4u * height > peak ? 1 : 0;
    }
    out[0] = ecgp_to_int8(4 * half - 64);
    out[1] = ecgp_to_int8(4 * quarter - 96);
}

/** Writes two features of the template beat's P wave: its height above its end, and its size, both to the QRS's. */
static void p_wave(const int16_t *template_beat, uint32_t size, int8_t *out)
{
    const int32_t edge = mean_of(template_beat + P.to - EDGE, EDGE);
    int32_t high = template_beat[P.from];
    uint32_t i;

    for (i = P.from; i < P.to; i++) {
        high = ecgp_larger(high, template_beat[i]);
    }
    out[0] = ecgp_relative(2560u, high, edge, (int32_t)size);
    out[1] = ecgp_to_int8(ecgp_log2_ratio(size_of(template_beat, P), size) + 96);
}

void ecgp_shape(const int16_t *x, const int16_t *template_beat, int8_t out[ECGP_SHAPE_FEATURES])
{
    const uint32_t size = size_of(template_beat, QRS);

    out[0] = correlation(x, template_beat, QRS);
    out[1] = correlation(x, template_beat, WHOLE);
    out[2] = correlation(x, template_beat, T);
    out[3] = ecgp_to_int8(2 * ecgp_log2_ratio(size_of(x, QRS), size));
    slopes(x, out + 4);
    widths(x, out + 6);
    out[8] =
        ecgp_relative(56u, sum_of(x + T.from, T.to - T.from), sum_of(template_beat + T.from, T.to - T.from), (int32_t)size);
    p_wave(template_beat, size, out + 9);
}
