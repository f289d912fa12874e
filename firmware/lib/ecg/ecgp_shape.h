/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_shape.h
 * @brief Features of one beat's shape: correlation with the template beat, width, ST and P wave; 32-bit integers.
 *
 * Bit for bit the last ECGP_SHAPE_FEATURES columns of ecgprune/ecg/context.py. No state. Most callers take
 * ecgp_context.h instead, which calls this.
 */
#ifndef ECGP_SHAPE_H
#define ECGP_SHAPE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_SHAPE_FEATURES 11u /**< values that ecgp_shape() writes */
#define ECGP_SHAPE_LENGTH 2048  /**< length of the template beat's unit vectors */
#define ECGP_SHAPE_REACH 3      /**< samples that a beat is moved by, at most, to correlate with the template beat */
#define ECGP_SHAPE_LONGEST 80u  /**< samples of the longest part that is correlated */

/**
 * @brief Writes the shape features of one beat.
 *
 * @param x              the window about its mean, as ecgp_morphology_look() writes it, in units of 5 uV
 * @param template_beat  the patient's template beat before this one, likewise
 * @param out            ECGP_SHAPE_FEATURES values, -128 to 127
 */
void ecgp_shape(const int16_t *x, const int16_t *template_beat, int8_t out[ECGP_SHAPE_FEATURES]);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SHAPE_H */
