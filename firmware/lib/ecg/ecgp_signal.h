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

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_SIGNAL_BLOCK 180u     /**< samples of a block, at 180 Hz */
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
    uint16_t at;      /**< samples in the block */
    uint16_t silence; /**< samples since the last beat, 0 to ECGP_SIGNAL_SILENCE */
    int16_t last;     /**< the last sample */
    int16_t previous; /**< the one before */
    uint32_t noise;   /**< sum of the block's second differences */
    uint32_t noise_before; /**< the same of the block before */
    uint8_t seen;     /**< samples since the start or a gap, 0 to 2 */
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

/** @brief Begins a block anew, and silence where beats were found, after a gap; what has failed stays failed. */
void ecgp_signal_reset(ecgp_signal_t *signal);

/** @brief Takes in a sample of the ADC. */
static inline void ecgp_signal_frame(ecgp_signal_t *signal, int16_t sample)
{
    if ((sample <= signal->lowest) || (sample >= signal->highest)) {
        signal->railed++;
    }
}

/**
 * @brief Takes in a low-passed sample at 180 Hz.
 *
 * @param signal  the state
 * @param low     the sample, in 5 uV
 * @param beat    whether a beat was found with it
 * @return true when `reason` has changed: to ECGP_SIGNAL_GOOD, or from it
 */
bool ecgp_signal_sample(ecgp_signal_t *signal, int16_t low, bool beat);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SIGNAL_H */
