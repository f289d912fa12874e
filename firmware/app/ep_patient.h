/**
 * @file ep_patient.h
 * @brief The model's "patient" input: a beat set against the patient's own rhythm and usual beat, in 32-bit integers.
 *
 * Bit for bit what ecgprune/ecg/patient.py does; the features are listed there. Samples come in units of 5 uV,
 * band-passed and at 180 Hz, RR intervals in samples at 180 Hz. Call it once for every beat, in their order, as soon as
 * the next R peak is found. No heap; 1 KB of state, which the caller owns, and about 1 KB of stack.
 */
#ifndef EP_PATIENT_H
#define EP_PATIENT_H

#include <stdint.h>

#define EP_PATIENT_FEATURES 28u /**< values that ep_patient_beat() writes */
#define EP_PATIENT_BEFORE 52u   /**< samples of the window before the R peak */
#define EP_PATIENT_AFTER 84u    /**< samples of the window from the R peak on */
#define EP_PATIENT_WINDOW (EP_PATIENT_BEFORE + EP_PATIENT_AFTER)
#define EP_PATIENT_PAST 64u       /**< RR intervals remembered */
#define EP_PATIENT_LONG 256u      /**< RR intervals in the long mean */
#define EP_PATIENT_USUAL 144u     /**< 0.8 s */
#define EP_PATIENT_RR_LIMIT 360u  /**< longer RR intervals count as this: 2 s */
#define EP_PATIENT_LEARNING 24u   /**< beats in the usual beat before it becomes a running mean */
#define EP_PATIENT_REGULAR 24u    /**< a beat's share in the usual beat is one part in this */
#define EP_PATIENT_IRREGULAR 200u /**< the same where the rhythm is irregular */
#define EP_PATIENT_SPREAD 64u     /**< beats in the running mean of distances */
#define EP_PATIENT_LIMIT 4095     /**< a window's samples are clipped to this about their mean: 20 mV */
#define EP_PATIENT_FRACTION 256   /**< parts of 5 uV that the usual beat is kept in */
#define EP_PATIENT_QRS_FROM 34u   /**< the QRS in the window */
#define EP_PATIENT_QRS_TO 74u     /**< one past its last sample */

/** What is known about one patient. The fields are ep_patient_beat()'s own; 0 throughout before the first beat. */
typedef struct {
    uint16_t rr[EP_PATIENT_PAST];     /**< RR intervals, newest first, in samples */
    uint16_t rr_count;                /**< of them, 0 to EP_PATIENT_PAST */
    uint16_t long_count;              /**< beats in long_mean, 0 to EP_PATIENT_LONG */
    int32_t long_mean;                /**< of the RR intervals, in 1/256 samples */
    int32_t usual[EP_PATIENT_WINDOW]; /**< the usual beat about its mean, in 1/256 of 5 uV */
    int32_t spread[2];                /**< usual distance of the QRS and of the P wave, in 1/16 of 5 uV, summed */
    uint16_t beats;                   /**< windows seen, 0 to EP_PATIENT_SPREAD */
    int16_t previous[EP_PATIENT_QRS_TO - EP_PATIENT_QRS_FROM]; /**< the previous beat's QRS, in 5 uV */
} ep_patient_t;

/** @brief Forgets everything: a new patient, or a new recording. */
void ep_patient_init(ep_patient_t *patient);

/**
 * @brief Takes in one beat and writes its features.
 *
 * @param patient  the patient's state
 * @param window   EP_PATIENT_WINDOW samples, EP_PATIENT_BEFORE of them before the R peak; NULL where they are not whole:
 *                 the beat then counts for the rhythm alone, and nothing is written
 * @param before   RR interval before this beat in samples; 0 where it is not known: the next one stands in
 * @param next     RR interval after this beat in samples; 0 where it is not known: the previous one stands in
 * @param out      the model's "patient" input
 */
void ep_patient_beat(ep_patient_t *patient, const int16_t *window, uint16_t before, uint16_t next,
                     int8_t out[EP_PATIENT_FEATURES]);

#endif /* EP_PATIENT_H */
