/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_gather.h
 * @brief Sums of the 1x4 blocks of a channel that are not zero on Helium: their inputs are gathered, four words at once.
 *
 * A channel is a run of chunks: four block indices (uint8) and the four weights of each. A load with a vector of offsets
 * fetches the four words of one position. The next position's lie `step` bytes further, so two vectors of offsets and
 * three pointers serve six positions: a chunk takes 15 instructions for 96 products. Indices fit a byte, as a field is
 * cut into segments; the channels of one segment come before the next.
 */
#ifndef ECGP_HELIUM_GATHER_H
#define ECGP_HELIUM_GATHER_H

#include "ecgp_helium.h"

/** What follows the chunk counts of a segment's channels; helium.py must say the same. */
#define ECGP_HELIUM_END 255

#if ECGP_HELIUM && ECGP_ASSEMBLY

#include "ecgp_helium_gather_asm.h"

#else

/** Blocks of a chunk. */
#define ECGP_HELIUM_BLOCKS (ECGP_HELIUM_TAPS / 4)

/** The sum of one channel's chunks at one position. */
static inline int32_t ecgp_helium_gathered(const int8_t *x, const uint8_t *entries, int32_t chunks, int32_t sum)
{
    for (; chunks != 0; chunks--) {
        for (int32_t i = 0; i < ECGP_HELIUM_TAPS; i++) {
            sum += (int8_t)entries[ECGP_HELIUM_BLOCKS + i] * x[entries[i / 4] * 4 + i % 4];
        }
        entries += ECGP_HELIUM_BLOCKS + ECGP_HELIUM_TAPS;
    }
    return sum;
}

/**
 * Adds the weights of one segment to what the sums of every channel start at.
 *
 * @param x        the first position's input of the segment; the next position's is `step` bytes further, multiples of 4
 * @param counts   chunks of each channel, then ECGP_HELIUM_END
 * @param entries  their chunks, and one more that may be read
 * @param start    sums, or the first time what each channel starts at: ECGP_HELIUM_TILE zeros
 * @param sums     [channels][ECGP_HELIUM_TILE]
 * @return         the entries behind
 */
static inline const uint8_t *ecgp_helium_blocks(const int8_t *x, int32_t step, const uint8_t *counts,
                                              const uint8_t *entries, const int32_t *start, int32_t *sums)
{
    for (; *counts != ECGP_HELIUM_END; counts++) {
        for (int32_t k = 0; k < ECGP_HELIUM_TILE; k++) {
            sums[k] = ecgp_helium_gathered(x + k * step, entries, *counts, start[k]);
        }
        entries += *counts * (ECGP_HELIUM_BLOCKS + ECGP_HELIUM_TAPS);
        start += start == sums ? ECGP_HELIUM_TILE : 0;
        sums += ECGP_HELIUM_TILE;
    }
    return entries;
}

#endif

#endif /* ECGP_HELIUM_GATHER_H */
