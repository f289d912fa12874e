/**
 * @file ecgp_patient.h
 * @brief The model's "patient" input: a beat set against the patient's own rhythm and usual beat, in 32-bit integers.
 *
 * Bit for bit what ecgprune/ecg/patient.py does; the features are listed there. Samples come in units of 5 uV,
 * band-passed and at 180 Hz, RR intervals in samples at 180 Hz. Call it once for every beat, in their order, as soon as
 * the next R peak is found. No heap; 1 KB of state, which the caller owns, and about 1 KB of stack.
 */
#ifndef ECGP_PATIENT_H
#define ECGP_PATIENT_H

#include <stdint.h>

#define ECGP_PATIENT_FEATURES 28u /**< values that ecgp_patient_beat() writes */
#define ECGP_PATIENT_BEFORE 52u   /**< samples of the window before the R peak */
#define ECGP_PATIENT_AFTER 84u    /**< samples of the window from the R peak on */
#define ECGP_PATIENT_WINDOW (ECGP_PATIENT_BEFORE + ECGP_PATIENT_AFTER)
#define ECGP_PATIENT_PAST 64u       /**< RR intervals remembered */
#define ECGP_PATIENT_LONG 256u      /**< RR intervals in the long mean */
#define ECGP_PATIENT_USUAL 144u     /**< 0.8 s */
#define ECGP_PATIENT_RR_LIMIT 360u  /**< longer RR intervals count as this: 2 s */
#define ECGP_PATIENT_LEARNING 24u   /**< beats in the usual beat before it becomes a running mean */
#define ECGP_PATIENT_REGULAR 24u    /**< a beat's share in the usual beat is one part in this */
#define ECGP_PATIENT_IRREGULAR 200u /**< the same where the rhythm is irregular */
#define ECGP_PATIENT_SPREAD 64u     /**< beats in the running mean of distances */
#define ECGP_PATIENT_LIMIT 4095     /**< a window's samples are clipped to this about their mean: 20 mV */
#define ECGP_PATIENT_FRACTION 256   /**< parts of 5 uV that the usual beat is kept in */
#define ECGP_PATIENT_QRS_FROM 34u   /**< the QRS in the window */
#define ECGP_PATIENT_QRS_TO 74u     /**< one past its last sample */

/** What is known about one patient. The fields are ecgp_patient_beat()'s own; 0 throughout before the first beat. */
typedef struct {
    uint16_t rr[ECGP_PATIENT_PAST];     /**< RR intervals, newest first, in samples */
    uint16_t rr_count;                /**< of them, 0 to ECGP_PATIENT_PAST */
    uint16_t long_count;              /**< beats in long_mean, 0 to ECGP_PATIENT_LONG */
    int32_t long_mean;                /**< of the RR intervals, in 1/256 samples */
    int32_t usual[ECGP_PATIENT_WINDOW]; /**< the usual beat about its mean, in 1/256 of 5 uV */
    int32_t spread[2];                /**< usual distance of the QRS and of the P wave, in 1/16 of 5 uV, summed */
    uint16_t beats;                   /**< windows seen, 0 to ECGP_PATIENT_SPREAD */
    int16_t previous[ECGP_PATIENT_QRS_TO - ECGP_PATIENT_QRS_FROM]; /**< the previous beat's QRS, in 5 uV */
} ecgp_patient_t;

/** @brief Forgets everything: a new patient, or a new recording. */
void ecgp_patient_init(ecgp_patient_t *patient);

/**
 * @brief Takes in one beat and writes its features.
 *
 * @param patient  the patient's state
 * @param window   ECGP_PATIENT_WINDOW samples, ECGP_PATIENT_BEFORE of them before the R peak; NULL where they are not whole:
 *                 the beat then counts for the rhythm alone, and nothing is written
 * @param before   RR interval before this beat in samples; 0 where it is not known: the next one stands in
 * @param next     RR interval after this beat in samples; 0 where it is not known: the previous one stands in
 * @param out      the model's "patient" input
 */
void ecgp_patient_beat(ecgp_patient_t *patient, const int16_t *window, uint16_t before, uint16_t next,
                     int8_t out[ECGP_PATIENT_FEATURES]);

#endif /* ECGP_PATIENT_H */
