/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_filter.h
 * @brief The band-pass of every model's input: from an ADC's samples to 180 Hz and units of 5 uV, in 32-bit integers.
 *
 * Bit for bit what ecgprune/ecg/filter.py does, which says how the filter is made. It passes 0.66 to 40 Hz (-6 dB),
 * whatever the rate of the samples, and is symmetric in time: no phase changes the shape of a wave. A constant signal
 * gives 0. No heap, no globals, no division after ecgp_filter_init(): the caller owns the state, one for each lead.
 */
#ifndef ECGP_FILTER_H
#define ECGP_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ECGP_FILTER_RATE_HZ
/** Rate of the output in Hz, 128 to 380. A build may set it, for a model that takes another rate than 180 Hz. */
#define ECGP_FILTER_RATE_HZ 180u
#endif
#define ECGP_FILTER_LOWEST_HZ 128u   /**< lowest rate of the input */
#ifndef ECGP_FILTER_HIGHEST_HZ
/** Highest rate of the input, ECGP_FILTER_LOWEST_HZ to 1000. A build may set it: a lead takes 0.36 bytes less for each Hz. */
#define ECGP_FILTER_HIGHEST_HZ 1000u
#endif
#define ECGP_FILTER_LOWEST_UNITS 100u         /**< least gain, in ADC units per volt */
#define ECGP_FILTER_HIGHEST_UNITS 1000000000u /**< largest gain, in ADC units per volt */
#define ECGP_FILTER_MEAN (2u * ((ECGP_FILTER_RATE_HZ + 1u) / 3u)) /**< samples of a mean of the high-pass: 2/3 s */
/** Samples by which the output is late: its sample k, counted from 0, is at (k - this) / ECGP_FILTER_RATE_HZ seconds
 *  after the first sample of the input. 119 at 180 Hz. */
#define ECGP_FILTER_DELAY (ECGP_FILTER_MEAN - 1u)
#define ECGP_FILTER_KEPT (2u * ECGP_FILTER_MEAN) /**< low-passed samples that a filter keeps */
/** Most samples that one ecgp_filter_push() writes. */
#define ECGP_FILTER_MOST ((ECGP_FILTER_RATE_HZ + ECGP_FILTER_LOWEST_HZ - 1u) / ECGP_FILTER_LOWEST_HZ)
/** Inputs to either side that make a sample of the output: it is there that many inputs after its time and delay. */
#define ECGP_FILTER_REACH_AT(rate_hz) ((7u * (rate_hz) + 239u) / 240u)
#define ECGP_FILTER_REACH ECGP_FILTER_REACH_AT(ECGP_FILTER_HIGHEST_HZ) /**< the same at the highest rate */

/** The filter of one lead. The fields are its functions' own. */
typedef struct {
    uint8_t shift;         /**< of sums of products */
    uint8_t factor_shift;  /**< of `factor` */
    bool started;          /**< whether an input has come */
    uint32_t step;         /**< the prototype's samples in a sample of the input, times 2^16 */
    uint32_t part;         /**< the same in one ECGP_FILTER_RATE_HZ-th of a sample of the input, times 2^20 */
    int32_t total;         /**< sum of the coefficients */
    int32_t scale;         /**< 2^(15 + shift) / total */
    int32_t factor;        /**< ADC units to 5 uV, times 2^factor_shift */
    int32_t offset;        /**< of a product with `factor`: ADC units at 0 V, and what rounds to nearest */
    int32_t middle;        /**< the low-passed sample ECGP_FILTER_DELAY before the newest */
    int32_t slope;         /**< what `sum` changed by with the newest low-passed sample */
    int32_t sum;           /**< of the mean of means about `middle`, times ECGP_FILTER_MEAN squared */
    uint16_t rate_hz;      /**< of the input */
    uint16_t taps;         /**< coefficients */
    uint16_t until;        /**< from the middle of `input` to the next output, in 1/ECGP_FILTER_RATE_HZ of an input */
    uint16_t phase;        /**< the value of `until` that the coefficients are for */
    uint16_t input_at;     /**< where the next input goes */
    uint16_t low_at;       /**< where the next low-passed sample goes */
    int16_t coefficient[2u * ECGP_FILTER_REACH]; /**< the oldest input's first */
    int16_t input[4u * ECGP_FILTER_REACH];       /**< the last `taps` inputs in 5 uV, twice, as a ring */
    int16_t low[ECGP_FILTER_KEPT];               /**< low-passed samples in 5 uV, a ring; ecgp_qrs_push() reads them */
} ecgp_filter_t;

/**
 * @brief Sets the filter up for a lead, and resets it.
 *
 * @param filter          the state
 * @param rate_hz         rate of the samples that will come, ECGP_FILTER_LOWEST_HZ to ECGP_FILTER_HIGHEST_HZ
 * @param units_per_volt  gain: ADC units per volt of the ECG, ECGP_FILTER_LOWEST_UNITS to ECGP_FILTER_HIGHEST_UNITS
 * @param zero            ADC units at 0 V. As a constant gives 0, it matters only where a signal might be clipped:
 *                        after the gain, at 163 mV to either side of this
 * @return false: the rate or the gain is out of range, and the filter must not be used
 */
bool ecgp_filter_init(ecgp_filter_t *filter, uint16_t rate_hz, uint32_t units_per_volt, int16_t zero);

/**
 * @brief Begins anew, after a gap or invalid samples; rate and gain stay.
 *
 * The next sample is the first one again, also for ECGP_FILTER_DELAY, and counts for all the time before it.
 *
 * @param filter  the state
 */
void ecgp_filter_reset(ecgp_filter_t *filter);

/**
 * @brief Takes in one sample and gives what is due at the rate of the output.
 *
 * @param filter  the state
 * @param sample  as the ADC gives it, any value
 * @param out     ECGP_FILTER_MOST values or fewer, in units of 5 uV, -32767 to 32767
 * @return how many were written, 0 to ECGP_FILTER_MOST
 */
uint32_t ecgp_filter_push(ecgp_filter_t *filter, int16_t sample, int16_t out[ECGP_FILTER_MOST]);

/** @brief The place in `low` that is `back` before `at`; both 0 to ECGP_FILTER_KEPT - 1. */
static inline uint32_t ecgp_filter_place(uint32_t at, uint32_t back)
{
    const int32_t place = (int32_t)at - (int32_t)back;

    return (uint32_t)((place < 0) ? (place + (int32_t)ECGP_FILTER_KEPT) : place);
}

/**
 * @brief Where the low-passed sample after one of the last outputs has its place in `low`.
 *
 * Low-passed samples, before the high-pass, are for what cannot wait ECGP_FILTER_DELAY, such as a QRS detector. The
 * output that ecgp_filter_push() gives with one is that of ECGP_FILTER_DELAY samples before.
 *
 * @param filter  the state; an output has been given
 * @param ago     of that output: samples before the newest, 0 to ECGP_FILTER_MOST - 1; larger counts as 0
 * @return 0 to ECGP_FILTER_KEPT - 1; what was low-passed with that output is one place before
 */
static inline uint32_t ecgp_filter_end(const ecgp_filter_t *filter, uint32_t ago)
{
    return ecgp_filter_place(filter->low_at, (ago < ECGP_FILTER_MOST) ? ago : 0u);
}

/** @brief That low-passed sample, in units of 5 uV; `filter` and `ago` as ecgp_filter_end() takes them. */
static inline int16_t ecgp_filter_low(const ecgp_filter_t *filter, uint32_t ago)
{
    return filter->low[ecgp_filter_place(ecgp_filter_end(filter, ago), 1u)];
}

#ifdef __cplusplus
}
#endif

#endif /* ECGP_FILTER_H */
