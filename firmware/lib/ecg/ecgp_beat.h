/**
 * @file ecgp_beat.h
 * @brief From filtered ECG samples to the model's int8 inputs, in 32-bit integer arithmetic.
 *
 * Bit for bit what ecgprune/ecg/beats.py does to the beats a model was trained on. Samples come in units of 5 uV,
 * band-passed and at the model's sampling rate. Every division rounds as its function says.
 */
#ifndef ECGP_BEAT_H
#define ECGP_BEAT_H

#include <stddef.h>
#include <stdint.h>

#define ECGP_BEAT_GAIN 6u          /**< int8 units per mean absolute deviation of the window */
#define ECGP_BEAT_MIN_DEVIATION 4u /**< least deviation divided by, in units of 5 uV: a flat line stays flat */
#define ECGP_BEAT_MAX_SAMPLES 32768u /**< longest window whose sums fit 32 bits */
#define ECGP_BEAT_RR_GAIN 128u     /**< int8 units per relative difference of 1 */
#define ECGP_BEAT_RR_PAST 64u      /**< most RR intervals in the local mean */
#define ECGP_BEAT_RR_LIMIT_S 2u    /**< longer RR intervals count as this many seconds */
#define ECGP_BEAT_RR_FEATURES 4u   /**< values that ecgp_beat_rr() writes */

/**
 * @brief Normalizes one window: ECGP_BEAT_GAIN * (x - mean) / mean absolute deviation, clipped to int8.
 *
 * The mean and the deviation are rounded down; the quotient is rounded to nearest, halves away from zero.
 *
 * @param samples  `count` samples around the R peak, in units of 5 uV
 * @param count    1 to ECGP_BEAT_MAX_SAMPLES; 0 writes nothing
 * @param out      `count` values: the model's "ecg" input
 */
void ecgp_beat_normalize(const int16_t *samples, size_t count, int8_t *out);

/**
 * @brief RR features of one beat: previous and next RR against the local mean, previous against next, heart rate.
 *
 * @param past            RR intervals that end with this beat's previous one, oldest first, in samples; any length
 * @param past_count      number of them; 0 for a record's first beat, whose past is then its next RR
 * @param next            RR interval after this beat, in samples; 0 where it is not known: the previous one stands in
 * @param sample_rate_hz  50 to 1000
 * @param out             the model's "rr" input
 */
void ecgp_beat_rr(const uint16_t *past, size_t past_count, uint16_t next, uint16_t sample_rate_hz,
                int8_t out[ECGP_BEAT_RR_FEATURES]);

#endif /* ECGP_BEAT_H */
