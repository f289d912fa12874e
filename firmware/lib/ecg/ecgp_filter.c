/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_filter.c
 * @brief Resampling low-pass and high-pass; see ecgp_filter.h. A signed value is shifted arithmetically: rounded down.
 */
#include "ecgp_filter.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_integers.h"

#define OUTPUT_UNITS 200000u /* of the output, per volt: 5 uV each */
#define FACTOR_BITS 13u
#define LARGEST 32767

/* Of the high-pass: a quarter of the values in a mean of means, so that differences fit. PARTS / 2^PARTS_SHIFT is 2 to
 * 4: what is divided by it has 17 bits. */
#define PARTS (ECGP_FILTER_MEAN / 2u * (ECGP_FILTER_MEAN / 2u))
#define PARTS_SHIFT (PARTS < 2048u ? 9u : PARTS < 4096u ? 10u : PARTS < 8192u ? 11u : 12u)
#define PARTS_INVERSE ((1u << (16u + PARTS_SHIFT)) / PARTS)

#if ECGP_FILTER_RATE_HZ < 128 || ECGP_FILTER_RATE_HZ > 380
#error "ECGP_FILTER_RATE_HZ must be 128 to 380"
#endif
#if ECGP_FILTER_HIGHEST_HZ < 128 || ECGP_FILTER_HIGHEST_HZ > 1000
#error "ECGP_FILTER_HIGHEST_HZ must be 128 to 1000"
#endif

#define PROTOTYPE_HZ 1440u
#define PROTOTYPE_SUM 47174u /* of all values, to both sides */
/* The low-pass's impulse response at 0, 1, ... / PROTOTYPE_HZ s, to either side: |H|^2 of a Butterworth filter of order
 * 2 at 40 Hz. Zeros follow, as many as the longest distance takes, at 128 Hz. */
static const int16_t PROTOTYPE[55] = {2918, 2877, 2768, 2608, 2412, 2195, 1966, 1734, 1506, 1288, 1082, 893, 720, 567,
                                      431,  314,  213,  129,  60,   4,    -39,  -72,  -96,  -112, -122, -126, -126, -122,
                                      -116, -108, -99,  -90,  -79,  -70,  -60,  -51,  -42,  -34,  -27,  -21,  -16,  -11};

/**
 * Writes coefficients from the middle on towards one end: the prototype at rising distances, in 2^-16 / PROTOTYPE_HZ s,
 * linear between its values, to nearest. Returns their sum.
 */
static ECGP_NOINLINE int32_t fill(int16_t *coefficient, int32_t direction, uint32_t count, uint32_t distance,
                                  uint32_t step)
{
    int32_t sum = 0;

    for (; count > 0u; count--) {
        const int16_t *value = PROTOTYPE + (distance >> 16);
        const int32_t part = (int32_t)((distance & 0xffffu) >> 1);
        const int32_t found = value[0] + (((value[1] - value[0]) * part + (1 << 14)) >> 15);

        *coefficient = (int16_t)found;
        coefficient += direction;
        sum += found;
        distance += step;
    }
    return sum;
}

/**
 * Coefficients for an output `phase` / ECGP_FILTER_RATE_HZ inputs after the middle one. Their sum is `total` for every
 * phase, so that a constant stays one: what the prototype's values lack goes to the two inputs about the output.
 */
static void set_coefficients(ecgp_filter_t *f, uint32_t phase)
{
    const uint32_t start = (phase * f->part) >> 4;
    const uint32_t reach = f->taps / 2u;
    int16_t *middle = f->coefficient + reach - 1u;
    const int32_t sum = fill(middle, -1, reach, start, f->step) + fill(middle + 1, 1, reach, f->step - start, f->step);
    const int32_t lacking = f->total - sum;
    const int32_t after = (lacking * (int32_t)(phase * (65536u / ECGP_FILTER_RATE_HZ)) + (1 << 15)) >> 16;

    middle[0] = (int16_t)(middle[0] + lacking - after);
    middle[1] = (int16_t)(middle[1] + after);
    f->phase = (uint16_t)phase;
}

/** OUTPUT_UNITS / units_per_volt as a number of FACTOR_BITS + 1 bits and a shift, by long division; the offset for it. */
static void set_factor(ecgp_filter_t *f, uint32_t units_per_volt, int16_t zero)
{
    uint32_t over = OUTPUT_UNITS;
    uint32_t under = units_per_volt;
    uint32_t factor = 1u;
    uint32_t shift = FACTOR_BITS;
    uint32_t i;

    for (; over < under; shift++) {
        over *= 2u;
    }
    for (; over >= 2u * under; shift--) {
        under *= 2u;
    }
    over -= under;
    for (i = 0u; i < FACTOR_BITS; i++) {
        over *= 2u;
        factor *= 2u;
        if (over >= under) {
            over -= under;
            factor++;
        }
    }
    f->factor = (int32_t)factor;
    f->factor_shift = (uint8_t)shift;
    f->offset = (int32_t)((1u << shift) / 2u) - zero * f->factor;
}

/** A sum of products as a sample, to nearest. */
static int32_t normal(const ecgp_filter_t *f, int32_t sum)
{
    return ecgp_ssat16(((sum >> f->shift) * f->scale + (1 << 14)) >> 15);
}

/** Lets `sample` be all that came before. */
static ECGP_COLD void hold(ecgp_filter_t *f, int16_t sample)
{
    const int32_t low = normal(f, f->total * sample);
    uint32_t i;

    for (i = 0u; i < 2u * f->taps; i++) {
        f->input[i] = sample;
    }
    for (i = 0u; i < ECGP_FILTER_KEPT; i++) {
        f->low[i] = (int16_t)low;
    }
    f->middle = low;
    f->sum = 4 * (int32_t)PARTS * low;
    f->slope = 0;
    f->started = true;
}

/** The sum of `taps` products; an even number of them. */
static int32_t sum_of_products(const int16_t *input, const int16_t *coefficient, uint32_t taps)
{
    int32_t sum = 0;

#if ECGP_DSP && ECGP_UNALIGNED
    if ((taps & 2u) != 0u) {
        sum = ecgp_smlad(ecgp_load2(input), ecgp_load2(coefficient), sum);
        input += 2;
        coefficient += 2;
    }
    if ((taps & 4u) != 0u) {
        sum = ecgp_smlad(ecgp_load2(input), ecgp_load2(coefficient), sum);
        sum = ecgp_smlad(ecgp_load2(&input[2]), ecgp_load2(&coefficient[2]), sum);
        input += 4;
        coefficient += 4;
    }
    for (uint32_t left = taps / 8u; left > 0u; left--) {
        sum = ecgp_smlad(ecgp_load2(input), ecgp_load2(coefficient), sum);
        sum = ecgp_smlad(ecgp_load2(&input[2]), ecgp_load2(&coefficient[2]), sum);
        sum = ecgp_smlad(ecgp_load2(&input[4]), ecgp_load2(&coefficient[4]), sum);
        sum = ecgp_smlad(ecgp_load2(&input[6]), ecgp_load2(&coefficient[6]), sum);
        input += 8;
        coefficient += 8;
    }
#else
    for (uint32_t i = 0u; i < taps; i++) {
        sum += input[i] * coefficient[i];
    }
#endif
    return sum;
}

/** The low-passed sample that is due, `phase` / ECGP_FILTER_RATE_HZ inputs after the middle one. */
static int32_t low_passed(ecgp_filter_t *f, uint32_t phase)
{
    if (phase != f->phase) {
        set_coefficients(f, phase);
    }
    return normal(f, sum_of_products(f->input + f->input_at, f->coefficient, f->taps));
}

/** Takes in a low-passed sample; gives the one ECGP_FILTER_DELAY before, less the mean of means about that. */
static int16_t high_passed(ecgp_filter_t *f, int32_t low)
{
    const int32_t most = LARGEST * (int32_t)PARTS;
    const uint32_t at = f->low_at;
    const uint32_t next = at + 1u == ECGP_FILTER_KEPT ? 0u : at + 1u;
    const uint32_t half = next < ECGP_FILTER_MEAN ? next + ECGP_FILTER_MEAN : next - ECGP_FILTER_MEAN;
    int32_t difference;

    f->slope += low - 2 * f->middle + f->low[at];
    f->sum += f->slope;
    f->low[at] = (int16_t)low;
    f->low_at = (uint16_t)next;
    f->middle = f->low[half];
    difference = ecgp_clipped(f->middle * (int32_t)PARTS - (f->sum >> 2), -most, most);
    return (int16_t)(((difference >> PARTS_SHIFT) * (int32_t)PARTS_INVERSE + (1 << 15)) >> 16);
}

ECGP_COLD bool ecgp_filter_init(ecgp_filter_t *filter, uint16_t rate_hz, uint32_t units_per_volt, int16_t zero)
{
    const uint32_t total = rate_hz * PROTOTYPE_SUM / PROTOTYPE_HZ;

    if (rate_hz < ECGP_FILTER_LOWEST_HZ || rate_hz > ECGP_FILTER_HIGHEST_HZ ||
        units_per_volt < ECGP_FILTER_LOWEST_UNITS || units_per_volt > ECGP_FILTER_HIGHEST_UNITS) {
        return false;
    }
    (void)memset(filter, 0, sizeof *filter);
    filter->rate_hz = rate_hz;
    filter->taps = (uint16_t)(2u * ECGP_FILTER_REACH_AT((uint32_t)rate_hz));
    filter->step = (PROTOTYPE_HZ << 16) / rate_hz;
    filter->part = (PROTOTYPE_HZ << 20) / (rate_hz * ECGP_FILTER_RATE_HZ);
    set_factor(filter, units_per_volt, zero);
    while ((total >> filter->shift) >= 8u) {
        filter->shift++;
    }
    filter->total = (int32_t)total;
    filter->scale = (int32_t)(((1u << (15u + filter->shift)) + total / 2u) / total);
    set_coefficients(filter, 0u);
    ecgp_filter_reset(filter);
    return true;
}

ECGP_COLD void ecgp_filter_reset(ecgp_filter_t *filter)
{
    filter->started = false;
    filter->until = (uint16_t)((filter->taps / 2u + 1u) * ECGP_FILTER_RATE_HZ);
}

uint32_t ecgp_filter_push(ecgp_filter_t *filter, int16_t sample, int16_t out[ECGP_FILTER_MOST])
{
    const int32_t scaled = (sample * filter->factor + filter->offset) >> filter->factor_shift;
    const int16_t input = (int16_t)ecgp_ssat16(scaled);
    const uint32_t taps = filter->taps; /* the compiler cannot know that what is stored is none of these */
    const uint32_t at = filter->input_at;
    int16_t *place = filter->input + at;
    uint32_t until = (uint32_t)filter->until - ECGP_FILTER_RATE_HZ;
    uint32_t count = 0u;

    place[0] = input;
    place[taps] = input;
    filter->input_at = (uint16_t)(at + 1u == taps ? 0u : at + 1u);
    if (until >= ECGP_FILTER_RATE_HZ && !filter->started) { /* no output comes with the first input */
        hold(filter, input);
    }
    while (until < ECGP_FILTER_RATE_HZ) {
        out[count] = high_passed(filter, low_passed(filter, until));
        until += filter->rate_hz;
        count++;
    }
    filter->until = (uint16_t)until;
    return count;
}
