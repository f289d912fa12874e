/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_gather.h
 * @brief Sums of the nonzero weights of a channel on Helium: their inputs are gathered, 16 bytes in one instruction.
 *
 * A channel is a run of chunks. By weight, a chunk is 16 offsets (uint8) and 16 weights: a load with a vector of offsets
 * fetches the 16 inputs of one position. By block, it is four block indices (uint8) and the four weights of each: the
 * same with four words. The next position's offsets are `step` larger, so two vectors of offsets and three pointers
 * serve six positions: a chunk takes 15 instructions for 96 products. Offsets fit a byte, as a field is cut into
 * segments of which segment + step <= 256 (by block: segment <= 1024); the channels of one segment come before the next.
 */
#ifndef ECGP_HELIUM_GATHER_H
#define ECGP_HELIUM_GATHER_H

#include "ecgp_helium.h"

/** What follows the chunk counts of a segment's channels; helium.py must say the same. */
#define ECGP_HELIUM_END 255

#if ECGP_HELIUM && ECGP_ASSEMBLY

#include "ecgp_helium_gather_asm.h"

#else

/** The sum of one channel's chunks at one position; groups of `width` weights lie at `width` times their offset. */
static inline int32_t ecgp_helium_gathered(const int8_t *x, const uint8_t *entries, int32_t chunks, int32_t width,
                                         int32_t sum)
{
    const int32_t groups = ECGP_HELIUM_TAPS / width;

    for (; chunks != 0; chunks--) {
        for (int32_t i = 0; i < ECGP_HELIUM_TAPS; i++) {
            sum += (int8_t)entries[groups + i] * x[entries[i / width] * width + i % width];
        }
        entries += groups + ECGP_HELIUM_TAPS;
    }
    return sum;
}

/** All channels of a segment. */
static inline const uint8_t *ecgp_helium_gather(const int8_t *x, int32_t step, const uint8_t *counts,
                                              const uint8_t *entries, int32_t width, const int32_t *start, int32_t *sums)
{
    for (; *counts != ECGP_HELIUM_END; counts++) {
        for (int32_t k = 0; k < ECGP_HELIUM_TILE; k++) {
            sums[k] = ecgp_helium_gathered(x + k * step, entries, *counts, width, start[k]);
        }
        entries += *counts * (ECGP_HELIUM_TAPS / width + ECGP_HELIUM_TAPS);
        start += start == sums ? ECGP_HELIUM_TILE : 0;
        sums += ECGP_HELIUM_TILE;
    }
    return entries;
}

/**
 * Adds the weights of one segment to what the sums of every channel start at.
 *
 * @param x        the first position's input of the segment; the next position's is `step` bytes further
 * @param counts   chunks of each channel, then ECGP_HELIUM_END
 * @param entries  their chunks
 * @param start    sums, or the first time what each channel starts at: ECGP_HELIUM_TILE zeros
 * @param sums     [channels][ECGP_HELIUM_TILE]
 * @return         the entries behind
 */
static inline const uint8_t *ecgp_helium_weights(const int8_t *x, int32_t step, const uint8_t *counts,
                                               const uint8_t *entries, const int32_t *start, int32_t *sums)
{
    return ecgp_helium_gather(x, step, counts, entries, 1, start, sums);
}

/** The same by block: x and step are multiples of 4. */
static inline const uint8_t *ecgp_helium_blocks(const int8_t *x, int32_t step, const uint8_t *counts,
                                              const uint8_t *entries, const int32_t *start, int32_t *sums)
{
    return ecgp_helium_gather(x, step, counts, entries, 4, start, sums);
}

#endif

#endif /* ECGP_HELIUM_GATHER_H */
