/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_stream_parts.h
 * @brief What the files of ecgp_stream.h share. No part of the interface.
 */
#ifndef ECGP_STREAM_PARTS_H
#define ECGP_STREAM_PARTS_H

#include "ecgp_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_STREAM_SIGNAL 1u  /**< of `told`, shifted left by the lead: its signal has gone, or is back */
#define ECGP_STREAM_QUALITY 4u /**< of `told`: the first lead's quality has become poor, or good */
#define ECGP_STREAM_FLUTTER 8u /**< of `told`: ventricular flutter has begun, or is over */

/** @brief The frame at the time of a 180 Hz sample of this segment, to nearest, halves up. */
uint32_t ecgp_stream_frame_of(const ecgp_stream_t *s, uint32_t sample);

/** @brief The sample at 180 Hz that was `ago` samples before the next one, or the segment's first. */
uint32_t ecgp_stream_before(const ecgp_stream_t *s, uint32_t ago);

#define ECGP_STREAM_NEVER UINT32_MAX /**< of ecgp_stream_wait(): no beat waits */

/** @brief 180 Hz samples until the first beat that waits has all that it waits for, a gap left aside; 0: it has. */
uint32_t ecgp_stream_wait(const ecgp_stream_t *s);

/** @brief Begins a segment, after the frames that are missing. */
void ecgp_stream_resume(ecgp_stream_t *s);

/**
 * @brief Enters a beat into what is known about the patient, and classifies it where a class may be claimed.
 *
 * @param stream  the state, with the beat before in `last`
 * @param sample  R peak, at 180 Hz
 * @param after   RR interval after it at 180 Hz; 0: unknown
 * @param event   gets the class and the score
 */
void ecgp_stream_classify(ecgp_stream_t *stream, uint32_t sample, uint32_t after, ecgp_event_t *event);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_STREAM_PARTS_H */
