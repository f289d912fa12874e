/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_stream.h
 * @brief Live ECG: samples of the ADC in, classified beats out. Push samples, then poll events until there is none.
 *
 *     for (at = 0; at < n;) {
 *         at += ecgp_stream_push(&stream, samples + at * leads, n - at);
 *         while (ecgp_stream_poll(&stream, &event)) {
 *             use(&event);
 *         }
 *     }
 *
 * ecgp_stream_push() filters and detects; ecgp_stream_poll() runs the classifier. Bit for bit what
 * ecgprune/ecg/stream.py does to a whole record, however the samples are cut into calls. No heap, no globals: the
 * caller owns the state, one for each patient. Integers only; no division in a push, which an interrupt may call where
 * nothing else calls the same stream at the same time.
 *
 * Sample indices count frames from the first one, modulo 2^32: after 138 days at 360 Hz they begin at 0 again, and
 * nothing else happens. Differences of indices stay right.
 */
#ifndef ECGP_STREAM_H
#define ECGP_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_context.h"
#include "ecgp_filter.h"
#include "ecgp_flutter.h"
#include "ecgp_qrs.h"
#include "ecgp_quality.h"
#include "ecgp_signal.h"
#include "ecgp_template.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ECGP_STREAM_LEADS
/** Most leads of a stream, 1 or 2. A build may set 1, which saves a filter's memory. */
#define ECGP_STREAM_LEADS 2u
#endif
#ifndef ECGP_STREAM_RING
/** Filtered samples that are kept. A build may set more for a longer window; see ecgp_stream_init(). */
#define ECGP_STREAM_RING 360u
#endif
#ifndef ECGP_STREAM_WINDOW
/** Most samples of the classifier's window, ECGP_PATIENT_WINDOW or more. A build may set more. */
#define ECGP_STREAM_WINDOW 180u
#endif
#ifndef ECGP_STREAM_CONTEXT
/** Whether a model may take the input "context". A build whose model does not may set 0, which saves 676 bytes. */
#define ECGP_STREAM_CONTEXT 1
#endif
#define ECGP_STREAM_PENDING 16u /**< most beats that wait for their windows */
/** 180 Hz samples after which a beat waits no longer for the next: 2 s, the longest RR interval, and the detector's 0.26 s */
#define ECGP_STREAM_WAIT (ECGP_RHYTHM_RR_LIMIT + 46u)
#define ECGP_STREAM_NO_CLASS (-1) /**< class of a beat that no class is claimed for */

/** A classifier's inputs; all of int8, made as ecgprune's datasets are. */
typedef enum {
    ECGP_INPUT_ECG,     /**< the window: ecgp_beat_normalize() */
    ECGP_INPUT_RR,      /**< ECGP_BEAT_RR_FEATURES: ecgp_beat_rr() */
    ECGP_INPUT_PATIENT, /**< ECGP_PATIENT_FEATURES: ecgp_patient_beat() */
    ECGP_INPUT_CONTEXT, /**< ECGP_CONTEXT_FEATURES: ecgp_context_beat() */
} ecgp_stream_input;

/** What classifies beats: a generated model, a model on TFLM, or anything else. */
typedef struct {
    uint16_t window;  /**< samples of the window at 180 Hz, 1 to ECGP_STREAM_WINDOW: the generated header's _WINDOW */
    uint16_t before;  /**< of them, samples before the R peak, 0 to `window` - 1: its _WINDOW_BEFORE */
    uint16_t classes; /**< scores that run() gives, 1 to 127 */
    int8_t *(*input)(void *model, ecgp_stream_input which); /**< where to write it before run(); NULL: not taken */
    const int8_t *(*run)(void *model); /**< runs the model: `classes` scores, the highest is the class; NULL: failed */
} ecgp_classifier_t;

/** One lead as the ADC delivers it. */
typedef struct {
    uint32_t units_per_volt; /**< gain, ECGP_FILTER_LOWEST_UNITS to ECGP_FILTER_HIGHEST_UNITS */
    int16_t zero;            /**< ADC units at 0 V */
    int16_t lowest;          /**< the ADC's lowest value: a sample there, or below, is saturated */
    int16_t highest;         /**< its highest value, above `lowest`; both 0: unknown, -32768 and 32767 */
} ecgp_stream_lead_t;

/** How a stream is set up. Only ecgp_stream_init() reads it; the classifier must stay. */
typedef struct {
    uint16_t rate_hz;                           /**< frames a second, ECGP_FILTER_LOWEST_HZ to ECGP_FILTER_HIGHEST_HZ */
    uint16_t leads;                             /**< samples of a frame, 1 to ECGP_STREAM_LEADS */
    ecgp_stream_lead_t lead[ECGP_STREAM_LEADS]; /**< the first one is classified; all serve to detect beats */
    const ecgp_classifier_t *classifier;        /**< NULL: beats are detected and get no class */
    void *model;                                /**< what the classifier's functions are given */
} ecgp_stream_config_t;

/** Kinds of events. */
typedef enum {
    ECGP_EVENT_BEAT,         /**< a heart beat, ECGP_STREAM_WAIT samples of 180 Hz after its R peak at the latest */
    ECGP_EVENT_NO_SIGNAL,    /**< `lead` has none, as `reason` says; of the first one: no class is claimed from `sample` on */
    ECGP_EVENT_SIGNAL_BACK,  /**< `lead` has one again from `sample` on */
    ECGP_EVENT_QUALITY_POOR, /**< the last 10 s are too noisy: no class is claimed from `sample` on */
    ECGP_EVENT_QUALITY_GOOD, /**< they are not any more: it is from `sample` on, where there is a signal */
    ECGP_EVENT_FLUTTER,      /**< ventricular flutter or fibrillation began at `sample`, 4.7 s before this event */
    ECGP_EVENT_FLUTTER_OVER, /**< it ended at `sample`; beats that came between these two events have no class */
} ecgp_event_kind;

/** One event. */
typedef struct {
    ecgp_event_kind kind; /**< what happened; the other fields follow it */
    uint32_t sample;      /**< index of the frame: the R peak, or from where on the event holds */
    uint32_t rr;          /**< of a beat: frames since the beat before; 0: unknown, as at the first one */
    int16_t beat_class;   /**< of a beat: index of the highest score, or ECGP_STREAM_NO_CLASS */
    int8_t score;         /**< of a beat with a class: its score, as the model's output has it */
    uint8_t reason;       /**< of ECGP_EVENT_NO_SIGNAL: an ecgp_signal_reason; else 0 */
    uint8_t quality;      /**< of the last 10 s: 0, nothing but noise, to 255; below ECGP_QUALITY_POOR it is poor */
    bool late;            /**< of a beat: found by searching back */
    uint8_t lead;         /**< of ECGP_EVENT_NO_SIGNAL and _SIGNAL_BACK: its index, 0 is the classified one; else 0 */
} ecgp_event_t;

/** One stream. The fields are the functions' own. */
typedef struct {
    bool closing;         /**< a gap comes: beats wait no longer */
    bool learned;         /**< whether `last` is one of the patient's beats, and no wave of flutter */
    bool follows;         /**< whether `last` is in this segment */
    bool shut;            /**< no signal, or poor quality */
    uint8_t told;         /**< events of the signal, its quality and flutter to be polled */
    uint8_t pending;      /**< beats that wait */
    uint16_t rate_hz;     /**< as configured */
    uint16_t leads;       /**< as configured */
    uint16_t need;        /**< 180 Hz samples from an R peak to the end of its window, filter included */
    uint16_t beats;       /**< beats of the patient so far, 0 to ECGP_RHYTHM_PAST */
    uint16_t late;        /**< bit i: `beat[i]` was found by searching back */
    uint32_t ring_at;     /**< where the next filtered sample goes */
    uint32_t frames;      /**< index of the next frame */
    uint32_t now;         /**< index of the next 180 Hz sample */
    uint32_t alarm;       /**< the value of `now` at which there is more to do than to take in a sample */
    uint32_t heard;       /**< the value of `now` with the last beat, or that silence is counted from */
    uint32_t segment;     /**< the first 180 Hz sample since the start or the last gap */
    uint32_t second;      /**< a 180 Hz sample of the last second, */
    uint32_t frame;       /**< and the frame at its time */
    uint32_t gap;         /**< frames that are missing before the next one */
    uint32_t shut_from;   /**< where `shut`: from this 180 Hz sample on no class is claimed */
    uint32_t open_from;   /**< from this 180 Hz sample on a class is claimed, but where `shut` */
    uint32_t last;        /**< R peak of the last event, at 180 Hz */
    uint32_t last_frame;  /**< the same as a frame */
    const ecgp_classifier_t *classifier;     /**< as configured */
    void *model;                             /**< as configured */
    uint16_t beat[ECGP_STREAM_PENDING]; /**< R peaks of beats that wait, at 180 Hz, in their order: the lower 16 bits */
    ecgp_signal_t signal[ECGP_STREAM_LEADS]; /**< whether each lead has a signal */
    ecgp_filter_t filter[ECGP_STREAM_LEADS]; /**< of each lead */
    ecgp_qrs_t qrs;                          /**< the QRS detector */
    ecgp_quality_t quality;                  /**< of the signal */
    ecgp_template_t guard;                   /**< of the template beat */
    ecgp_flutter_t flutter;                  /**< whether there is ventricular flutter */
    ecgp_patient_t patient;                  /**< rhythm and template beat */
#if ECGP_STREAM_CONTEXT
    ecgp_similarity_t similarity;            /**< shapes of the last beats */
#endif
    int16_t ring[ECGP_STREAM_RING];          /**< of the first lead, filtered */
} ecgp_stream_t;

/**
 * @brief Sets a stream up for a patient.
 *
 * @param stream  the state
 * @param config  rate, leads, classifier
 * @return false: a value is out of its range, or the window does not fit (`before` and the larger of
 *         ECGP_STREAM_WAIT - ECGP_FILTER_DELAY and the samples after the R peak exceed ECGP_STREAM_RING), or the model
 *         takes the input "context" and ECGP_STREAM_CONTEXT is 0; the stream must not be used
 */
bool ecgp_stream_init(ecgp_stream_t *stream, const ecgp_stream_config_t *config);

/**
 * @brief Takes in frames until an event is due.
 *
 * @param stream   the state
 * @param samples  `count` frames; the leads' samples of a frame follow one another
 * @param count    number of frames
 * @return how many were taken: fewer than `count` where events must be polled first; then push the others
 */
uint32_t ecgp_stream_push(ecgp_stream_t *stream, const int16_t *samples, uint32_t count);

/**
 * @brief Gives the next event; runs the classifier where it is a beat.
 *
 * Beats come in the order of their R peaks, also those that were found late.
 *
 * @param stream  the state
 * @param event   the event
 * @return false: there is none, and `event` is as it was
 */
bool ecgp_stream_poll(ecgp_stream_t *stream, ecgp_event_t *event);

/**
 * @brief Tells that frames are missing: lost samples, a pause. Poll events after it.
 *
 * Beats that wait become events at once; those without a whole window get no class. The filter and the detector begin
 * anew; what is known about the patient stays. With 0 frames it ends a recording.
 *
 * @param stream  the state
 * @param frames  how many are missing
 */
void ecgp_stream_gap(ecgp_stream_t *stream, uint32_t frames);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_STREAM_H */
