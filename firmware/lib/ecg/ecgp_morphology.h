/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_morphology.h
 * @brief Features that set a beat's waves against the patient's template beat, in 32-bit integers.
 *
 * Bit for bit the last ECGP_MORPHOLOGY_FEATURES columns of ecgprune/ecg/patient.py. The template beat is a running
 * mean of the patient's beats. Samples come in units of 5 uV, band-passed and at 180 Hz. No heap, no globals: the caller
 * owns the state. Most callers take ecgp_patient.h instead, which calls this.
 */
#ifndef ECGP_MORPHOLOGY_H
#define ECGP_MORPHOLOGY_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_MORPHOLOGY_FEATURES 11u /**< values that ecgp_morphology_beat() writes */
#define ECGP_MORPHOLOGY_BEFORE 52u   /**< samples of the window before the R peak */
#define ECGP_MORPHOLOGY_AFTER 84u    /**< samples of the window from the R peak on */
#define ECGP_MORPHOLOGY_WINDOW (ECGP_MORPHOLOGY_BEFORE + ECGP_MORPHOLOGY_AFTER) /**< samples of the window */
#define ECGP_MORPHOLOGY_LEARNING 24u   /**< beats in the template beat before it becomes a running mean */
#define ECGP_MORPHOLOGY_REGULAR 24u    /**< a beat's share in the template beat is one part in this */
#define ECGP_MORPHOLOGY_IRREGULAR 200u /**< the same where the rhythm is irregular */
#define ECGP_MORPHOLOGY_SPREAD 64u     /**< beats in the running mean of distances */
#define ECGP_MORPHOLOGY_LIMIT 4095     /**< samples are clipped to this about the window's mean, in 5 uV: 20 mV */
#define ECGP_MORPHOLOGY_FRACTION 256   /**< parts of 5 uV that the template beat is kept in */
#define ECGP_MORPHOLOGY_QRS_FROM 34u   /**< first sample of the QRS in the window */
#define ECGP_MORPHOLOGY_QRS_TO 74u     /**< one past its last sample */

/** What is known about one patient's beats. The fields are ecgp_morphology_beat()'s own. */
typedef struct {
    int16_t template_beat[ECGP_MORPHOLOGY_WINDOW]; /**< about its mean, in 5 uV, rounded down */
    uint8_t fraction[ECGP_MORPHOLOGY_WINDOW]; /**< what is above that, in 1/ECGP_MORPHOLOGY_FRACTION of 5 uV */
    int32_t spread[2]; /**< mean distance of the QRS and of the P wave from the template beat's, in 1/16 of 5 uV */
    uint16_t beats;    /**< windows seen, 0 to ECGP_MORPHOLOGY_SPREAD */
    int16_t previous[ECGP_MORPHOLOGY_QRS_TO - ECGP_MORPHOLOGY_QRS_FROM]; /**< the previous beat's QRS, in 5 uV */
} ecgp_morphology_t;

/**
 * @brief Forgets everything: a new patient, or a new recording.
 *
 * @param morphology  the state; all zeros afterwards
 */
void ecgp_morphology_init(ecgp_morphology_t *morphology);

/**
 * @brief Writes a beat about its mean, and says which template beat it is set against; the state does not change.
 *
 * @param morphology  the patient's state before the beat
 * @param window      as ecgp_morphology_beat() takes it
 * @param x           ECGP_MORPHOLOGY_WINDOW samples about their mean, clipped to ECGP_MORPHOLOGY_LIMIT, in 5 uV; it may
 *                    be `window`
 * @return ECGP_MORPHOLOGY_WINDOW samples in 5 uV: the state's, or `x` before the first beat
 */
const int16_t *ecgp_morphology_look(const ecgp_morphology_t *morphology, const int16_t *window, int16_t *x);

/**
 * @brief Takes in one beat's window and writes its morphology features.
 *
 * @param morphology  the patient's state
 * @param window      ECGP_MORPHOLOGY_WINDOW samples in units of 5 uV, ECGP_MORPHOLOGY_BEFORE of them before the R peak
 * @param regular     whether the beat is in rhythm, as ecgp_rhythm_beat() says: the template beat learns more from it
 * @param out         ECGP_MORPHOLOGY_FEATURES values, -128 to 127
 */
void ecgp_morphology_beat(ecgp_morphology_t *morphology, const int16_t *window, bool regular,
                          int8_t out[ECGP_MORPHOLOGY_FEATURES]);

/**
 * @brief The same of a beat that ecgp_morphology_look() has written, with no other beat in between.
 *
 * @param morphology     the patient's state
 * @param x              as ecgp_morphology_look() has written it
 * @param template_beat  as it has returned it
 * @param regular        as ecgp_morphology_beat() takes it
 * @param out            ECGP_MORPHOLOGY_FEATURES values, -128 to 127
 */
void ecgp_morphology_compare(ecgp_morphology_t *morphology, const int16_t *x, const int16_t *template_beat,
                             bool regular, int8_t out[ECGP_MORPHOLOGY_FEATURES]);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_MORPHOLOGY_H */
