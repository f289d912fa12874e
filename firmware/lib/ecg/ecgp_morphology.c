/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_morphology.c
 * @brief The patient's template beat; see ecgp_morphology.h. Every C division here rounds towards zero.
 */
#include "ecgp_morphology.h"

#include <stddef.h>
#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_integers.h"
#include "ecgp_select.h"

/* Samples of the window whose median is the QRS's foot; of an even number the upper one. */
#define BASELINE_FROM 28u
#define BASELINE_TO 80u

/** Part of the window. */
typedef struct {
    uint32_t from; /**< first sample */
    uint32_t to;   /**< one past the last sample */
    int32_t reach; /**< samples that a beat is shifted by, at most, to fit the template beat */
} segment;

static const segment QRS = {ECGP_MORPHOLOGY_QRS_FROM, ECGP_MORPHOLOGY_QRS_TO, 4};
static const segment P = {4u, 40u, 3};
static const segment T = {74u, 132u, 3};

/** a / b rounded down; b > 0. */
static int32_t floored(int32_t a, int32_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/** Sum of samples. */
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
static int32_t mean_part(const int16_t *x, uint32_t count) { return floored(sum_of(x, count), (int32_t)count); }

/** Sum of absolute deviations of the window's segment from its mean, and one for each sample. */
static uint32_t size_of(const int16_t *window, segment s)
{
    const int16_t *x = window + s.from;
    const uint32_t count = s.to - s.from;
    const int32_t mean = mean_part(x, count);
    uint32_t sum = count;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        sum += ecgp_distance(x[i], mean);
    }
    return sum;
}

/** Sum of the absolute values of x - y - mean, and one for each sample; an even number of them, clipped to the limit. */
static uint32_t difference(const int16_t *x, const int16_t *y, uint32_t count, int32_t mean)
{
#if ECGP_DSP && ECGP_UNALIGNED
    const uint32_t means = ((uint32_t)mean << 16) | ((uint32_t)mean & 0xffffu);
    int32_t sum = (int32_t)count;

    for (; count > 0u; count -= 2u) {
        const uint32_t off = ecgp_difference2(ecgp_difference2(ecgp_load2(x), ecgp_load2(y)), means);

        sum = ecgp_smlad(ecgp_size2(off), 0x00010001u, sum);
        x += 2;
        y += 2;
    }
    return (uint32_t)sum;
#else
    uint32_t sum = count;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        sum += (uint32_t)ecgp_size(x[i] - y[i] - mean);
    }
    return sum;
#endif
}

/** Least difference, each about its mean, of the window's segment, moved to fit, from `other`, which begins where the
    segment does. */
static uint32_t fitted(const int16_t *window, const int16_t *other, segment s)
{
    const uint32_t count = s.to - s.from;
    const int32_t mean = mean_part(other, count);
    const int16_t *x = &window[s.from];
    uint32_t least = UINT32_MAX;
    int32_t sum;
    int32_t by;

    x -= s.reach;
    sum = sum_of(x, count);
    for (by = -s.reach; by <= s.reach; by++) {
        const uint32_t found = difference(x, other, count, floored(sum, (int32_t)count) - mean);
        least = found < least ? found : least;
        if (by < s.reach) {
            sum += x[count] - x[0]; /* of the next place */
        }
        x++;
    }
    return least;
}

/** Mean distance from the R peak of what rises above the QRS's foot, in 1/16 samples. */
static int32_t width(const int16_t *window)
{
    const int32_t foot = ecgp_select(&window[BASELINE_FROM], BASELINE_TO - BASELINE_FROM, (BASELINE_TO - BASELINE_FROM) / 2u);
    uint32_t sum = 0u;
    uint32_t weighted = 0u;
    uint32_t i;

    for (i = ECGP_MORPHOLOGY_QRS_FROM; i < ECGP_MORPHOLOGY_QRS_TO; i++) {
        const uint32_t height = ecgp_distance(window[i], foot);
        sum += height;
        weighted += height * 16u * ecgp_distance((int32_t)i, (int32_t)ECGP_MORPHOLOGY_BEFORE);
    }
    return (int32_t)(weighted / (sum + 1u));
}

/** Writes the window about its mean, clipped to ECGP_MORPHOLOGY_LIMIT. */
static void centre(const int16_t *window, int16_t *x)
{
    const int32_t mean = mean_part(window, ECGP_MORPHOLOGY_WINDOW);
    uint32_t i;

    for (i = 0u; i < ECGP_MORPHOLOGY_WINDOW; i++) {
        x[i] = (int16_t)ecgp_clipped(window[i] - mean, -ECGP_MORPHOLOGY_LIMIT, ECGP_MORPHOLOGY_LIMIT);
    }
}

/** A sample of the template beat, in 1/ECGP_MORPHOLOGY_FRACTION of 5 uV. */
static int32_t fine(const ecgp_morphology_t *m, uint32_t i)
{
    return m->template_beat[i] * ECGP_MORPHOLOGY_FRACTION + (int32_t)m->fraction[i];
}

/** Moves the template beat by one part in `share` of the difference, which is clipped to half its mean size. */
static void learn(ecgp_morphology_t *m, const int16_t *x, int32_t share)
{
    int32_t bound = 0;
    uint32_t i;

    for (i = 0u; i < ECGP_MORPHOLOGY_WINDOW; i++) {
        bound += ecgp_size(fine(m, i));
    }
    bound = ecgp_larger(bound / (int32_t)(2u * ECGP_MORPHOLOGY_WINDOW), 2 * ECGP_MORPHOLOGY_FRACTION);
    for (i = 0u; i < ECGP_MORPHOLOGY_WINDOW; i++) {
        const int32_t before = fine(m, i);
        const int32_t off = x[i] * ECGP_MORPHOLOGY_FRACTION - before;
        const int32_t now = before + ecgp_clipped(off, -bound, bound) / share;

        m->fraction[i] = (uint8_t)((uint32_t)now % (uint32_t)ECGP_MORPHOLOGY_FRACTION);
        m->template_beat[i] = (int16_t)((now - (int32_t)m->fraction[i]) / ECGP_MORPHOLOGY_FRACTION);
    }
}

/** Updates a running mean of distances; `beats` are in it. Returns what it was before, at least 1. */
static uint32_t spread(int32_t *mean, uint32_t found, uint16_t beats)
{
    const int32_t value = (int32_t)found * 16;
    const int32_t parts = beats + 1u < ECGP_MORPHOLOGY_SPREAD ? (int32_t)beats + 1 : (int32_t)ECGP_MORPHOLOGY_SPREAD;
    int32_t before;

    *mean = beats > 0u ? *mean : value;
    before = *mean / 16;
    *mean += ((value < 3 * *mean ? value : 3 * *mean) - *mean) / parts;
    return (uint32_t)ecgp_larger(before, 1);
}

/** Writes three features: R peak, minimum and maximum of the QRS, each against the template beat's. */
static void peaks(const int16_t *x, const int16_t *template_beat, int8_t *out)
{
    int32_t low = x[ECGP_MORPHOLOGY_QRS_FROM];
    int32_t high = low;
    int32_t template_low = template_beat[ECGP_MORPHOLOGY_QRS_FROM];
    int32_t template_high = template_low;
    int32_t amplitude;
    uint32_t i;

    for (i = ECGP_MORPHOLOGY_QRS_FROM; i < ECGP_MORPHOLOGY_QRS_TO; i++) {
        low = x[i] < low ? x[i] : low;
        high = ecgp_larger(high, x[i]);
        template_low = template_beat[i] < template_low ? template_beat[i] : template_low;
        template_high = ecgp_larger(template_high, template_beat[i]);
    }
    amplitude = ecgp_larger(template_high, -template_low) + 4;
    out[0] = ecgp_relative(64u, x[ECGP_MORPHOLOGY_BEFORE], template_beat[ECGP_MORPHOLOGY_BEFORE], amplitude);
    out[1] = ecgp_relative(128u, low, template_low, amplitude);
    out[2] = ecgp_relative(128u, high, template_high, amplitude);
}

const int16_t *ecgp_morphology_look(const ecgp_morphology_t *morphology, const int16_t *window, int16_t *x)
{
    centre(window, x);
    return morphology->beats == 0u ? x : morphology->template_beat;
}

void ecgp_morphology_compare(ecgp_morphology_t *morphology, const int16_t *x, const int16_t *template_beat,
                             bool regular, int8_t out[ECGP_MORPHOLOGY_FEATURES])
{
    uint32_t size;
    uint32_t qrs;
    uint32_t wave;
    int32_t share = (int32_t)(regular ? ECGP_MORPHOLOGY_REGULAR : ECGP_MORPHOLOGY_IRREGULAR);

    if (morphology->beats == 0u) {
        (void)memcpy(morphology->template_beat, x, sizeof morphology->template_beat);
        (void)memset(morphology->fraction, 0, sizeof morphology->fraction);
        (void)memcpy(morphology->previous, x + ECGP_MORPHOLOGY_QRS_FROM, sizeof morphology->previous);
    }
    size = size_of(template_beat, QRS);
    qrs = fitted(x, template_beat + QRS.from, QRS);
    wave = fitted(x, template_beat + P.from, P);
    out[0] = ecgp_to_int8(ecgp_log2_ratio(qrs, size) + ECGP_OCTAVE);
    out[1] = ecgp_to_int8(ecgp_log2_ratio(qrs, spread(&morphology->spread[0], qrs, morphology->beats)));
    out[2] = ecgp_to_int8(2 * (ecgp_log2_ratio(wave, size) + 5 * ECGP_OCTAVE / 2));
    out[3] = ecgp_to_int8(ecgp_log2_ratio(wave, spread(&morphology->spread[1], wave, morphology->beats)));
    out[4] = ecgp_to_int8(2 * ecgp_log2_ratio(size_of(x, P), size_of(template_beat, P)));
    out[5] = ecgp_to_int8(ecgp_log2_ratio(fitted(x, template_beat + T.from, T), size) + ECGP_OCTAVE);
    out[6] = ecgp_to_int8(ecgp_log2_ratio(fitted(x, morphology->previous, QRS), size) + ECGP_OCTAVE);
    out[7] = ecgp_to_int8(2 * (width(x) - width(template_beat)));
    peaks(x, template_beat, out + 8);
    if (morphology->beats + 1u < ECGP_MORPHOLOGY_LEARNING) {
        share = ((int32_t)morphology->beats + 2) * (regular ? 1 : 4);
    }
    learn(morphology, x, share);
    (void)memcpy(morphology->previous, x + ECGP_MORPHOLOGY_QRS_FROM, sizeof morphology->previous);
    if (morphology->beats < ECGP_MORPHOLOGY_SPREAD) {
        morphology->beats++;
    }
}

void ecgp_morphology_beat(ecgp_morphology_t *morphology, const int16_t *window, bool regular,
                          int8_t out[ECGP_MORPHOLOGY_FEATURES])
{
    int16_t x[ECGP_MORPHOLOGY_WINDOW];
    const int16_t *template_beat = ecgp_morphology_look(morphology, window, x);

    ecgp_morphology_compare(morphology, x, template_beat, regular, out);
}

void ecgp_morphology_init(ecgp_morphology_t *morphology) { (void)memset(morphology, 0, sizeof *morphology); }
