/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_stream_beat.h
 * @brief One beat of a stream: its window, its inputs, its class. Called by ecgp_stream_poll() alone.
 */
#ifndef ECGP_STREAM_BEAT_H
#define ECGP_STREAM_BEAT_H

#include "ecgp_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

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

#endif /* ECGP_STREAM_BEAT_H */
