/**
 * @file ecgp_patient_shape.c
 * @brief The patient's usual beat; see ecgp_patient.h. Every C division here rounds towards zero.
 */
#include <stddef.h>
#include <string.h>

#include "ecgp_integers.h"
#include "ecgp_patient_parts.h"

#define BASELINE_FROM 28u
#define BASELINE_TO 80u

typedef struct {
    uint32_t from, to; /* in the window */
    int32_t reach;     /* how far a beat may be moved to fit */
} stretch;

static const stretch QRS = {ECGP_PATIENT_QRS_FROM, ECGP_PATIENT_QRS_TO, 4};
static const stretch P = {4u, 40u, 3};
static const stretch T = {74u, 132u, 3};

/** a / b rounded down; b > 0. */
static int32_t floored(int32_t a, int32_t b) { return a / b - (a % b < 0 ? 1 : 0); }

static int32_t mean_part(const int16_t *x, uint32_t count)
{
    int32_t sum = 0;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        sum += x[i];
    }
    return floored(sum, (int32_t)count);
}

/** Sum of absolute differences of two stretches about their means, and one for each sample. NULL is a flat line. */
static uint32_t difference(const int16_t *x, const int16_t *y, uint32_t count)
{
    const int32_t mean = mean_part(x, count) - (y != NULL ? mean_part(y, count) : 0);
    uint32_t sum = count;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        sum += ecgp_distance(x[i], (y != NULL ? y[i] : 0) + mean);
    }
    return sum;
}

static uint32_t size_of(const int16_t *window, stretch s) { return difference(window + s.from, NULL, s.to - s.from); }

/** Least difference of the window's stretch, moved to fit, from `other`, which begins where the stretch does. */
static uint32_t fitted(const int16_t *window, const int16_t *other, stretch s)
{
    uint32_t least = UINT32_MAX;
    int32_t by;

    for (by = -s.reach; by <= s.reach; by++) {
        const uint32_t found = difference(window + (int32_t)s.from + by, other, s.to - s.from);
        least = found < least ? found : least;
    }
    return least;
}

/** Mean distance from the R peak of what rises above the QRS's foot, in 1/16 samples. */
static int32_t width(const int16_t *window)
{
    int16_t sorted[BASELINE_TO - BASELINE_FROM];
    uint32_t sum = 0u, weighted = 0u;
    int32_t foot;
    uint32_t i;

    memcpy(sorted, window + BASELINE_FROM, sizeof sorted);
    ecgp_patient_sort(sorted, BASELINE_TO - BASELINE_FROM);
    foot = sorted[(BASELINE_TO - BASELINE_FROM) / 2u];
    for (i = ECGP_PATIENT_QRS_FROM; i < ECGP_PATIENT_QRS_TO; i++) {
        const uint32_t height = ecgp_distance(window[i], foot);
        sum += height;
        weighted += height * 16u * ecgp_distance((int32_t)i, (int32_t)ECGP_PATIENT_BEFORE);
    }
    return (int32_t)(weighted / (sum + 1u));
}

static void centre(const int16_t *window, int16_t *x)
{
    const int32_t mean = mean_part(window, ECGP_PATIENT_WINDOW);
    uint32_t i;

    for (i = 0u; i < ECGP_PATIENT_WINDOW; i++) {
        x[i] = (int16_t)ecgp_clipped(window[i] - mean, -ECGP_PATIENT_LIMIT, ECGP_PATIENT_LIMIT);
    }
}

/** Moves the usual beat by one part in `share` of the difference, which is clipped to half its mean size. */
static void learn(ecgp_patient_t *p, const int16_t *x, int32_t share)
{
    int32_t bound = 0;
    uint32_t i;

    for (i = 0u; i < ECGP_PATIENT_WINDOW; i++) {
        bound += (int32_t)ecgp_distance(p->usual[i], 0);
    }
    bound = ecgp_larger(bound / (int32_t)(2u * ECGP_PATIENT_WINDOW), 2 * ECGP_PATIENT_FRACTION);
    for (i = 0u; i < ECGP_PATIENT_WINDOW; i++) {
        p->usual[i] += ecgp_clipped(x[i] * ECGP_PATIENT_FRACTION - p->usual[i], -bound, bound) / share;
    }
}

/** Updates a running mean of distances; `beats` are in it. Returns what it was before, at least 1. */
static uint32_t spread(int32_t *mean, uint32_t found, uint16_t beats)
{
    const int32_t value = (int32_t)found * 16;
    const int32_t parts = beats + 1u < ECGP_PATIENT_SPREAD ? (int32_t)beats + 1 : (int32_t)ECGP_PATIENT_SPREAD;
    int32_t usual;

    *mean = beats > 0u ? *mean : value;
    usual = *mean / 16;
    *mean += ((value < 3 * *mean ? value : 3 * *mean) - *mean) / parts;
    return (uint32_t)ecgp_larger(usual, 1);
}

static void peaks(const int16_t *x, const int16_t *usual, int8_t *out)
{
    int32_t low = x[ECGP_PATIENT_QRS_FROM], high = low;
    int32_t usual_low = usual[ECGP_PATIENT_QRS_FROM], usual_high = usual_low;
    int32_t amplitude;
    uint32_t i;

    for (i = ECGP_PATIENT_QRS_FROM; i < ECGP_PATIENT_QRS_TO; i++) {
        low = x[i] < low ? x[i] : low;
        high = ecgp_larger(high, x[i]);
        usual_low = usual[i] < usual_low ? usual[i] : usual_low;
        usual_high = ecgp_larger(usual_high, usual[i]);
    }
    amplitude = ecgp_larger(usual_high, -usual_low) + 4;
    out[0] = ecgp_relative(64u, x[ECGP_PATIENT_BEFORE], usual[ECGP_PATIENT_BEFORE], amplitude);
    out[1] = ecgp_relative(128u, low, usual_low, amplitude);
    out[2] = ecgp_relative(128u, high, usual_high, amplitude);
}

void ecgp_patient_shape(ecgp_patient_t *p, const int16_t *window, int regular, int8_t *out)
{
    int16_t x[ECGP_PATIENT_WINDOW], usual[ECGP_PATIENT_WINDOW];
    uint32_t size, qrs, wave, i;
    int32_t share = (int32_t)(regular ? ECGP_PATIENT_REGULAR : ECGP_PATIENT_IRREGULAR);

    centre(window, x);
    if (p->beats == 0u) {
        for (i = 0u; i < ECGP_PATIENT_WINDOW; i++) {
            p->usual[i] = x[i] * ECGP_PATIENT_FRACTION;
        }
        memcpy(p->previous, x + ECGP_PATIENT_QRS_FROM, sizeof p->previous);
    }
    for (i = 0u; i < ECGP_PATIENT_WINDOW; i++) {
        usual[i] = (int16_t)floored(p->usual[i], ECGP_PATIENT_FRACTION);
    }
    size = size_of(usual, QRS);
    qrs = fitted(x, usual + QRS.from, QRS);
    wave = fitted(x, usual + P.from, P);
    out[0] = ecgp_to_int8(ecgp_log2_ratio(qrs, size) + ECGP_OCTAVE);
    out[1] = ecgp_to_int8(ecgp_log2_ratio(qrs, spread(&p->spread[0], qrs, p->beats)));
    out[2] = ecgp_to_int8(2 * (ecgp_log2_ratio(wave, size) + 5 * ECGP_OCTAVE / 2));
    out[3] = ecgp_to_int8(ecgp_log2_ratio(wave, spread(&p->spread[1], wave, p->beats)));
    out[4] = ecgp_to_int8(2 * ecgp_log2_ratio(size_of(x, P), size_of(usual, P)));
    out[5] = ecgp_to_int8(ecgp_log2_ratio(fitted(x, usual + T.from, T), size) + ECGP_OCTAVE);
    out[6] = ecgp_to_int8(ecgp_log2_ratio(fitted(x, p->previous, QRS), size) + ECGP_OCTAVE);
    out[7] = ecgp_to_int8(2 * (width(x) - width(usual)));
    peaks(x, usual, out + 8);
    if (p->beats + 1u < ECGP_PATIENT_LEARNING) {
        share = ((int32_t)p->beats + 2) * (regular ? 1 : 4);
    }
    learn(p, x, share);
    memcpy(p->previous, x + ECGP_PATIENT_QRS_FROM, sizeof p->previous);
    p->beats = (uint16_t)(p->beats < ECGP_PATIENT_SPREAD ? p->beats + 1u : ECGP_PATIENT_SPREAD);
}
