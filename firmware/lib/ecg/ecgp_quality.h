/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_quality.h
 * @brief Quality of the signal over the last 10 s: how unlike beats are, how the baseline moves, how noisy it is.
 *
 * Bit for bit what ecgprune/ecg/quality.py does, which says what is measured. The RR intervals have no part in it:
 * arrhythmia is no noise. Beats of several shapes are none either: a beat is compared with the template beat and with
 * the last ECGP_QUALITY_PAST beats, and its nearest counts. No heap, no globals.
 */
#ifndef ECGP_QUALITY_H
#define ECGP_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_signal.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_QUALITY_BLOCK 360u /**< samples of a block, at 180 Hz: 2 s */
#define ECGP_QUALITY_BLOCKS 5u  /**< blocks that count */
#define ECGP_QUALITY_PAST 4u    /**< beats whose shapes are remembered */
#define ECGP_QUALITY_POINTS 20u /**< samples of a shape: every second one of the QRS */
#define ECGP_QUALITY_UNIT 64u   /**< distance of a beat from a flat line, which has none of its shape */
#define ECGP_QUALITY_MOST 255u  /**< longest distance */
#define ECGP_QUALITY_LEAST_BEATS 3u /**< beats in 10 s for the quality to be judged; with fewer it stays */
#define ECGP_QUALITY_POOR 128u      /**< quality below this is poor */
#define ECGP_QUALITY_GOOD 136u      /**< from this on it is good again */

/** How far a beat is from others, in 1/ECGP_QUALITY_UNIT of its own size. */
typedef struct {
    uint8_t from_template; /**< from the template beat */
    uint8_t from_past;     /**< from the nearest of the last beats; ECGP_QUALITY_MOST without any */
} ecgp_quality_match;

/** What was measured in 2 s. */
typedef struct {
    uint16_t beats;    /**< beats */
    uint16_t mismatch; /**< sum of their distances from what is nearest */
    uint16_t change;   /**< sum of their changes of height from the nearest of the last beats, 32 an octave */
    uint16_t height;   /**< sum of their heights' log2, 32 an octave */
    uint16_t noise;    /**< log2 of the sum of second differences, 32 an octave */
    uint16_t baseline; /**< log2 of the sum of the baseline's steps, 32 an octave */
} ecgp_quality_block;

/** The state. The fields are the functions' own. */
typedef struct {
    ecgp_quality_block block[ECGP_QUALITY_BLOCKS];         /**< a ring */
    int16_t shape[ECGP_QUALITY_PAST][ECGP_QUALITY_POINTS]; /**< about their means, in 5 uV; a ring */
    uint16_t height[ECGP_QUALITY_PAST];                    /**< log2 of the height of each, 32 an octave */
    uint8_t shapes;    /**< known ones, 0 to ECGP_QUALITY_PAST */
    uint8_t shape_at;  /**< where the next one goes */
    uint8_t block_at;  /**< the block that is being measured */
    uint8_t blocks;    /**< whole ones, 0 to ECGP_QUALITY_BLOCKS */
    uint8_t pieces;    /**< whole pieces in the block, 0 to 5 */
    bool follows;      /**< whether there was a piece since the start or a gap */
    int32_t baseline;  /**< sum of the last piece's */
    uint32_t noise;    /**< sum of second differences */
    uint32_t steps;    /**< sum of the baseline's steps */
    uint8_t quality;   /**< 0 to 255 */
    bool poor;         /**< whether it is poor */
} ecgp_quality_t;

/** @brief Forgets everything: a new patient, or a new recording. Quality is good until 10 s have been seen. */
void ecgp_quality_init(ecgp_quality_t *quality);

/** @brief Begins a block anew, after a gap. */
void ecgp_quality_reset(ecgp_quality_t *quality);

/**
 * @brief Takes in a piece of baseline, and with each sixth one ends a block.
 *
 * @param quality  the state
 * @param sum      of ECGP_SIGNAL_PIECE low-passed samples at 180 Hz of the lead that is classified, in 5 uV
 * @param noise    sum of second differences of the second that ended last, as ecgp_signal_t has it: a piece that ends
 *                 with a second takes it in
 * @return true when `poor` has changed
 */
bool ecgp_quality_piece(ecgp_quality_t *quality, int32_t sum, uint32_t noise);

/**
 * @brief Takes in a beat and compares it.
 *
 * @param quality        the state
 * @param x              the window about its mean, as ecgp_morphology_look() writes it
 * @param template_beat  the template beat, likewise
 */
ecgp_quality_match ecgp_quality_beat(ecgp_quality_t *quality, const int16_t *x, const int16_t *template_beat);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_QUALITY_H */
