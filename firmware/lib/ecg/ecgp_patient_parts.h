/**
 * @file ecgp_patient_parts.h
 * @brief The two halves of ecgp_patient_beat(), for it alone.
 */
#ifndef ECGP_PATIENT_PARTS_H
#define ECGP_PATIENT_PARTS_H

#include "ecgp_patient.h"

#define ECGP_PATIENT_RHYTHM 17u /**< features of the rhythm; those of the shape follow */

/** Sorts in place, rising. */
void ecgp_patient_sort(int16_t *values, uint32_t count);

/** Takes in an RR interval and writes the rhythm's features. Returns whether the beat is in time, as the next one is. */
int ecgp_patient_rhythm(ecgp_patient_t *p, uint16_t rr, uint16_t next, int8_t *out);

/** Takes in a window and writes the shape's features. */
void ecgp_patient_shape(ecgp_patient_t *p, const int16_t *window, int regular, int8_t *out);

#endif /* ECGP_PATIENT_PARTS_H */
