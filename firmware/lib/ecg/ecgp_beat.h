/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_beat.h
 * @brief From filtered ECG samples to the model's int8 inputs, in 32-bit integer arithmetic.
 *
 * Bit for bit what ecgprune/ecg/beats.py does to the beats a model was trained on. Samples come in units of 5 uV,
 * band-passed and at the model's sampling rate. Every division rounds as its function says. No heap, no globals.
 */
#ifndef ECGP_BEAT_H
#define ECGP_BEAT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_BEAT_GAIN 6u            /**< int8 units per mean absolute deviation of the window */
#define ECGP_BEAT_MIN_DEVIATION 4u   /**< least deviation divided by, in units of 5 uV: a flat line stays flat */
#define ECGP_BEAT_MAX_SAMPLES 32768u /**< longest window whose sums fit 32 bits, in samples */
#define ECGP_BEAT_RR_GAIN 128u       /**< int8 units per relative difference of 1 */
#define ECGP_BEAT_RR_PAST 64u        /**< most RR intervals in the local mean */
#define ECGP_BEAT_RR_LIMIT_S 2u      /**< longer RR intervals count as this many seconds */
#define ECGP_BEAT_RR_FEATURES 4u     /**< values that ecgp_beat_rr() writes */

/**
 * @brief Normalizes one window: ECGP_BEAT_GAIN * (x - mean) / mean absolute deviation, clipped to int8.
 *
 * The mean and the deviation are rounded down. The quotient is rounded to nearest, halves away from zero.
 *
 * @param samples  `count` samples around the R peak, in units of 5 uV, -32768 to 32767
 * @param count    samples of the window, 1 to ECGP_BEAT_MAX_SAMPLES; with any other count nothing is written
 * @param out      `count` values, -128 to 127: the model's "ecg" input
 */
void ecgp_beat_normalize(const int16_t *samples, size_t count, int8_t *out);

/**
 * @brief Computes a beat's RR features: previous and next RR to the local mean, previous to next, heart rate.
 *
 * An RR interval is clipped to 1 sample to ECGP_BEAT_RR_LIMIT_S. The local mean of at most ECGP_BEAT_RR_PAST
 * intervals is rounded down. The features are rounded to nearest, halves away from zero.
 *
 * @param past            RR intervals in samples, oldest first; the last one ends at this beat. May be NULL with
 *                        `past_count` 0
 * @param past_count      number of them, 0 or more; 0 at a record's first beat, whose next RR then stands in
 * @param next            RR interval after this beat in samples, 1 to 65535; 0: unknown, the previous one stands in
 * @param sample_rate_hz  sampling rate, 50 to 1000 Hz
 * @param out             ECGP_BEAT_RR_FEATURES values, -128 to 127: the model's "rr" input
 */
void ecgp_beat_rr(const uint16_t *past, size_t past_count, uint16_t next, uint16_t sample_rate_hz,
                  int8_t out[ECGP_BEAT_RR_FEATURES]);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_BEAT_H */
