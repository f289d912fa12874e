/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_flutter.h
 * @brief Ventricular flutter and fibrillation: waves of 150 to 450 a minute without a baseline between them.
 *
 * Bit for bit what ecgprune/ecg/flutter.py does, which says how. Every second, the last 2 s of the lead that is
 * classified are judged. No heap, no globals; one division a second.
 */
#ifndef ECGP_FLUTTER_H
#define ECGP_FLUTTER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_FLUTTER_BLOCK 180u   /**< samples at 180 Hz from one judgement to the next */
#define ECGP_FLUTTER_WINDOW 360u  /**< samples that are judged */
#define ECGP_FLUTTER_STRIDE 2u    /**< samples from one that counts to the next */
#define ECGP_FLUTTER_SHORTEST 12u /**< samples of half a wave, at least */
#define ECGP_FLUTTER_LONGEST 36u  /**< samples of half a wave, at most */
#define ECGP_FLUTTER_LEAST 10u    /**< mean size of the waves, at least, in 5 uV */
#define ECGP_FLUTTER_BEGIN 3u     /**< windows in a row that begin flutter */
#define ECGP_FLUTTER_END 2u       /**< windows in a row that end it */
/** Samples since flutter began when it is seen, and since it ended. */
#define ECGP_FLUTTER_SPAN (ECGP_FLUTTER_WINDOW + (ECGP_FLUTTER_BEGIN - 1u) * ECGP_FLUTTER_BLOCK)
#define ECGP_FLUTTER_GONE (ECGP_FLUTTER_END * ECGP_FLUTTER_BLOCK)

/** The state. The fields are the functions' own. */
typedef struct {
    uint8_t run; /**< windows in a row that say otherwise */
    bool on;     /**< whether there is flutter */
} ecgp_flutter_t;

/**
 * @brief Judges a window.
 *
 * @param flutter  the state
 * @param ring     filtered samples at 180 Hz, in 5 uV
 * @param size     of the ring, ECGP_FLUTTER_WINDOW or more
 * @param end      where the next sample will go, 0 to `size` - 1: the window ends before it
 * @return true when `on` has changed
 */
bool ecgp_flutter_second(ecgp_flutter_t *flutter, const int16_t *ring, uint32_t size, uint32_t end);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_FLUTTER_H */
