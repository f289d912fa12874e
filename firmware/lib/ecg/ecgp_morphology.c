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
    uint32_t reach; /**< samples that a beat is shifted by, at most, to fit the template beat */
} segment;

static const segment QRS = {ECGP_MORPHOLOGY_QRS_FROM, ECGP_MORPHOLOGY_QRS_TO, 4};
static const segment P = {4u, 40u, 3};
static const segment T = {74u, 132u, 3};

/** a / b rounded down; b > 0. */
static int32_t floored(int32_t a, int32_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/** Sum of samples; an even number of them. */
static int32_t sum_of(const int16_t *x, uint32_t count)
{
    int32_t sum = 0;
    uint32_t i;

#if ECGP_DSP && ECGP_UNALIGNED
    for (i = 0u; i < count; i += 2u) {
        sum = ecgp_smlad(ecgp_load2(&x[i]), ECGP_ONES2, sum);
    }
#else
    for (i = 0u; i < count; i++) {
        sum += x[i];
    }
#endif
    return sum;
}

/** Mean rounded down; count > 0. */
static int32_t mean_part(const int16_t *x, uint32_t count) { return floored(sum_of(x, count), (int32_t)count); }

/** Sum of absolute deviations of the window's segment from its mean, and one for each sample. */
static uint32_t size_of(const int16_t *window, segment s)
{
    const int16_t *x = window + s.from;
    const uint32_t count = s.to - s.from;
    const int32_t total = sum_of(x, count);
    const int32_t mean = floored(total, (int32_t)count);
    uint32_t i;
#if ECGP_DSP && ECGP_UNALIGNED
    const uint32_t means = ecgp_both(mean);
    int32_t least = 0; /* |x - mean| is x + mean - 2 min(x, mean) */

    for (i = 0u; i < count; i += 2u) {
        least = ecgp_smlad(ecgp_min2(ecgp_load2(&x[i]), means), ECGP_ONES2, least);
    }
    return (uint32_t)((int32_t)count * (mean + 1) + total - 2 * least);
#else
    uint32_t sum = count;

    for (i = 0u; i < count; i++) {
        sum += ecgp_distance(x[i], mean);
    }
    return sum;
#endif
}

#if ECGP_DSP && ECGP_UNALIGNED
/** Adds two of x - y - mean that are below 0, or 0, and twice 32767. The limits are 32767 - mean, the mean is 0 or more. */
static int32_t below(const int16_t *x, const int16_t *y, uint32_t limits, int32_t sum)
{
    return ecgp_smlad(ecgp_qadd2(ecgp_difference2(ecgp_load2(x), ecgp_load2(y)), limits), ECGP_ONES2, sum);
}
#endif

/**
 * Sum of the absolute values of x - y - mean, and one for each sample; an even number of them, clipped to the limit.
 * `total` is the sum of x - y.
 */
static uint32_t difference(const int16_t *x, const int16_t *y, uint32_t count, int32_t mean, int32_t total)
{
#if ECGP_DSP && ECGP_UNALIGNED
    const int16_t *a = mean < 0 ? y : x;
    const int16_t *b = mean < 0 ? x : y;
    const int32_t size = ecgp_size(mean);
    const uint32_t limits = ecgp_both(INT16_MAX - size);
    const int32_t all = (mean < 0 ? -total : total) - (int32_t)count * size;
    int32_t sum = -INT16_MAX * (int32_t)count;
    uint32_t left;

    if ((count & 2u) != 0u) {
        sum = below(a, b, limits, sum);
        a += 2;
        b += 2;
    }
    for (left = count / 4u; left > 0u; left--) {
        sum = below(a, b, limits, sum);
        sum = below(&a[2], &b[2], limits, sum);
        a += 4;
        b += 4;
    }
    return (uint32_t)((int32_t)count + all - 2 * sum);
#else
    uint32_t sum = count;
    uint32_t i;

    (void)total;

    for (i = 0u; i < count; i++) {
        sum += (uint32_t)ecgp_size(x[i] - y[i] - mean);
    }
    return sum;
#endif
}

/** Least difference, each about its mean, of the window's segment, moved to fit, from `other`, which begins where the
    segment does. */
static uint32_t fitted(const int16_t *window, const int16_t *other, const segment *s)
{
    const uint32_t count = s->to - s->from;
    const int32_t others = sum_of(other, count);
    const int32_t mean = floored(others, (int32_t)count);
    const int16_t *x = &window[s->from - s->reach];
    uint32_t left = 2u * s->reach; /* places after this one */
    int32_t sum = sum_of(x, count);
    uint32_t least = difference(x, other, count, floored(sum, (int32_t)count) - mean, sum - others);

    for (; left > 0u; left--) {
        uint32_t found;

        sum += x[count] - x[0];
        x++;
        found = difference(x, other, count, floored(sum, (int32_t)count) - mean, sum - others);
        least = found < least ? found : least;
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

#if ECGP_DSP && ECGP_UNALIGNED
    for (i = 0u; i < ECGP_MORPHOLOGY_WINDOW; i += 2u) {
        const uint32_t off = ecgp_qsub2(ecgp_load2(&window[i]), ecgp_both(mean));

        ecgp_store2(&x[i], ecgp_max2(ecgp_min2(off, ecgp_both(ECGP_MORPHOLOGY_LIMIT)), ecgp_both(-ECGP_MORPHOLOGY_LIMIT)));
    }
#else
    for (i = 0u; i < ECGP_MORPHOLOGY_WINDOW; i++) {
        x[i] = (int16_t)ecgp_clipped(window[i] - mean, -ECGP_MORPHOLOGY_LIMIT, ECGP_MORPHOLOGY_LIMIT);
    }
#endif
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
    qrs = fitted(x, template_beat + QRS.from, &QRS);
    wave = fitted(x, template_beat + P.from, &P);
    out[0] = ecgp_to_int8(ecgp_log2_ratio(qrs, size) + ECGP_OCTAVE);
    out[1] = ecgp_to_int8(ecgp_log2_ratio(qrs, spread(&morphology->spread[0], qrs, morphology->beats)));
    out[2] = ecgp_to_int8(2 * (ecgp_log2_ratio(wave, size) + 5 * ECGP_OCTAVE / 2));
    out[3] = ecgp_to_int8(ecgp_log2_ratio(wave, spread(&morphology->spread[1], wave, morphology->beats)));
    out[4] = ecgp_to_int8(2 * ecgp_log2_ratio(size_of(x, P), size_of(template_beat, P)));
    out[5] = ecgp_to_int8(ecgp_log2_ratio(fitted(x, template_beat + T.from, &T), size) + ECGP_OCTAVE);
    out[6] = ecgp_to_int8(ecgp_log2_ratio(fitted(x, morphology->previous, &QRS), size) + ECGP_OCTAVE);
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
