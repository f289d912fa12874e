/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_signal.h
 * @brief Whether there is a signal at all: flat lines, saturation, hum, and ten seconds without a beat.
 *
 * Bit for bit what ecgprune/ecg/signal_loss.py does. A lead is looked at in blocks of 1 s.
 * It fails after ECGP_SIGNAL_BLOCKS bad ones, with the first one of hum, and is back with the first good one. No heap, no
 * globals, no division.
 */
#ifndef ECGP_SIGNAL_H
#define ECGP_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_filter.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_SIGNAL_BLOCK 180u     /**< samples of a block, at 180 Hz */
#define ECGP_SIGNAL_PIECE 60u      /**< samples that are taken in at a time: a third of a block */
#define ECGP_SIGNAL_BLOCKS 3u      /**< bad blocks in a row after which a lead has failed */
#define ECGP_SIGNAL_FLAT 6u        /**< a block is flat whose highest and lowest sample are nearer, in 5 uV */
#define ECGP_SIGNAL_HUM 40u         /**< a block that is hum has at least this between its highest and lowest sample */
#define ECGP_SIGNAL_SHARE 4u        /**< and its mean second difference is more than 1/4 of that */
#define ECGP_SIGNAL_SILENCE 1800u  /**< samples without a beat after which there is no signal: 10 s */

/** Why there is no signal. */
typedef enum {
    ECGP_SIGNAL_GOOD,      /**< there is one */
    ECGP_SIGNAL_IS_FLAT,   /**< a flat line: the electrode is off or shorted */
    ECGP_SIGNAL_SATURATED, /**< half of the samples are at an end of the ADC's range */
    ECGP_SIGNAL_NO_BEAT,   /**< ten seconds without a beat: asystole, fibrillation, or a weak hum */
    ECGP_SIGNAL_IS_HUM,    /**< hum of the powerline and nothing above it: the electrode is off */
} ecgp_signal_reason;

/** The state. The fields are the functions' own. */
typedef struct {
    int16_t lowest;   /**< ADC units at, or below, which a sample is saturated */
    int16_t highest;  /**< the same at the other end */
    int16_t least;    /**< lowest sample of the block, in 5 uV */
    int16_t most;     /**< highest sample of the block, in 5 uV */
    uint16_t half;    /**< frames in half a block */
    uint16_t railed;  /**< saturated frames of the block */
    uint32_t noise;   /**< sum of the block's second differences */
    uint32_t noise_before; /**< the same of the block before */
    bool follows;     /**< whether there was a piece since the start or a gap */
    bool silent;      /**< whether ECGP_SIGNAL_SILENCE samples have passed without a beat; the caller sets it */
    uint8_t bad;      /**< bad blocks in a row, 0 to ECGP_SIGNAL_BLOCKS */
    uint8_t why;      /**< an ecgp_signal_reason: of the last block */
    uint8_t reason;   /**< an ecgp_signal_reason: why there is no signal now */
} ecgp_signal_t;

/**
 * @brief Sets the state up.
 *
 * @param signal   the state
 * @param rate_hz  frames a second
 * @param lowest   the ADC's lowest value
 * @param highest  its highest value; both 0: -32768 and 32767
 */
void ecgp_signal_init(ecgp_signal_t *signal, uint16_t rate_hz, int16_t lowest, int16_t highest);

/** @brief Begins a block anew after a gap, and silence where beats were found; what has failed stays failed. */
void ecgp_signal_reset(ecgp_signal_t *signal);

/** @brief Takes in a sample of the ADC. */
static inline void ecgp_signal_frame(ecgp_signal_t *signal, int16_t sample)
{
    if ((sample <= signal->lowest) || (sample >= signal->highest)) {
        signal->railed++;
    }
}

/**
 * @brief Takes in the last ECGP_SIGNAL_PIECE low-passed samples at 180 Hz; reads two before them but for the first piece.
 *
 * @param signal  the state
 * @param ring    ECGP_FILTER_KEPT samples, in 5 uV, as the lead's filter keeps them
 * @param end     where the next sample goes
 * @return their sum
 */
int32_t ecgp_signal_piece(ecgp_signal_t *signal, const int16_t *ring, uint32_t end);

/** @brief Judges the block that ends with the last piece. */
void ecgp_signal_block(ecgp_signal_t *signal);

/**
 * @brief Looks for a reason: after a block, when `silent` has changed, and with the first sample after a gap.
 *
 * @return true when `reason` has changed: to ECGP_SIGNAL_GOOD, or from it
 */
bool ecgp_signal_look(ecgp_signal_t *signal);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SIGNAL_H */
