/**
 * @file ep_patient_parts.h
 * @brief The two halves of ep_patient_beat(), for it alone.
 */
#ifndef EP_PATIENT_PARTS_H
#define EP_PATIENT_PARTS_H

#include "ep_patient.h"

#define EP_PATIENT_RHYTHM 17u /**< features of the rhythm; those of the shape follow */

/** Sorts in place, rising. */
void ep_patient_sort(int16_t *values, uint32_t count);

/** Takes in an RR interval and writes the rhythm's features. Returns whether the beat is in time, as the next one is. */
int ep_patient_rhythm(ep_patient_t *p, uint16_t rr, uint16_t next, int8_t *out);

/** Takes in a window and writes the shape's features. */
void ep_patient_shape(ep_patient_t *p, const int16_t *window, int regular, int8_t *out);

#endif /* EP_PATIENT_PARTS_H */
