/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_gather.h
 * @brief Convolution of the 1x4 blocks that are not zero on Helium: their inputs are gathered, four words at once.
 *
 * A chunk is four block indices (uint8) and the four weights of each. A load with a vector of offsets fetches the four
 * words of one position. The next position's lie `step` bytes further, so two vectors of offsets and three pointers serve
 * six positions, and a chunk makes 96 products. The sums of four channels are transposed by VLD4 and requantized at once.
 *
 * The data TCM makes two accesses a cycle where they go to different banks, bits 3:2 of the address. The generator puts
 * words of different banks into lanes 0 and 1, and 2 and 3. That holds for all positions, as `step` moves all four lanes.
 *
 * The stream has for every four channels, in words but for the chunks:
 *   a byte for each channel: its chunks but the first;
 *   the chunks of one channel after another;
 *   a word of 0, as indices that are loaded ahead, and their inputs;
 *   a word: bytes from this output to the next four channels', 0: these are the last;
 *   four biases, four multipliers, and the four powers of two that stand for the right shifts.
 * A word and a chunk more follow, as the kernel loads them ahead.
 * Indices reach ECGP_GATHER_SEGMENT bytes. Of a longer field, each segment has the first three of these, and another word
 * behind them: ECGP_GATHER_PART, and in its low half by how many bytes the inputs move on. ECGP_GATHER_WHOLE says that it was
 * the last segment; the inputs move back, and the word above follows.
 */
#ifndef ECGP_HELIUM_GATHER_H
#define ECGP_HELIUM_GATHER_H

#include <stddef.h>
#include <string.h>

#include "ecgp_helium.h"

/** Channels side by side in a vector; ecgprune/codegen/kernels/gather.py must say the same of all four. */
#define ECGP_GATHER_CHANNELS 4
/** Bytes of a segment. */
#define ECGP_GATHER_SEGMENT 1024
/** In the word behind the chunks of a segment. */
#define ECGP_GATHER_PART INT32_MIN
/** In the word behind the chunks of the last segment. */
#define ECGP_GATHER_WHOLE 65536

/** What tiles that follow one another share. */
typedef struct {
    int32_t sums[ECGP_GATHER_CHANNELS][ECGP_HELIUM_TILE]; /**< of four channels: positions 0, 2, 4, 1, 3, 5 */
    int8_t *output;                                       /**< of the first position, and the first of four channels */
    int32_t outputs;                                      /**< output channels */
    int32_t zero_point;                                   /**< of the output */
    int32_t away;                                         /**< 1: ties away from zero; 0: no tie can be below zero */
    uint32_t behind;                                      /**< address of the code behind four channels, of 32 bits */
    uint32_t places[ECGP_GATHER_CHANNELS];                /**< addresses of the channels' sums, of 32 bits */
    int32_t min[4];                                       /**< lowest output, four times */
    int32_t max[4];                                       /**< highest output, four times */
    int32_t part[ECGP_HELIUM_TILE][ECGP_GATHER_CHANNELS]; /**< sums of the segments before, 0 at first */
    int32_t pool;                                         /**< 1, or 2: the larger of two positions is written */
    const int32_t *stream;                                /**< see above */
    int32_t tiles;                                        /**< tiles left, 1 and more; each begins where the last one ends */
    int32_t segments;                                     /**< of a field, 1 and more */
    uint32_t whole;                                       /**< address of the code behind the last segment, of 32 bits */
} ecgp_gather_tile;

#if ECGP_HELIUM && ECGP_ASSEMBLY

#include "ecgp_helium_gather_asm.h"

#else

/** Blocks of a chunk. */
#define ECGP_GATHER_BLOCKS (ECGP_HELIUM_TAPS / 4)

/** Adds the products of a chunk. */
static inline void ecgp_gather_chunk(const int8_t *x, int32_t step, const uint8_t *chunk, int32_t *sums)
{
    for (int32_t k = 0; k < ECGP_HELIUM_TILE; k++) {
        for (int32_t i = 0; i < ECGP_HELIUM_TAPS; i++) {
            sums[k] += (int8_t)chunk[ECGP_GATHER_BLOCKS + i] * x[k * step + chunk[i / 4] * 4 + i % 4];
        }
    }
}

/** Adds the products of a segment of four channels; returns where the word behind it lies. */
static inline const uint8_t *ecgp_gather_segment(const int8_t *x, int32_t step, const uint8_t *at, ecgp_gather_tile *t)
{
    const uint8_t *const more = at;

    at += ECGP_GATHER_CHANNELS;
    for (int32_t c = 0; c < ECGP_GATHER_CHANNELS; c++) {
        int32_t sums[ECGP_HELIUM_TILE] = {0};

        for (int32_t i = 0; i <= more[c]; i++) {
            ecgp_gather_chunk(x, step, at, sums);
            at += ECGP_GATHER_BLOCKS + ECGP_HELIUM_TAPS;
        }
        for (int32_t k = 0; k < ECGP_HELIUM_TILE; k++) {
            t->part[k][c] += sums[k];
        }
    }
    return at + ECGP_GATHER_BLOCKS;
}

/** The output of a sum. factors: from the bias on. */
static inline int8_t ecgp_gather_output(const ecgp_gather_tile *t, int32_t sum, const int32_t *factors)
{
    const int64_t half = INT64_C(1) << 30;
    const int64_t product = (int64_t)(sum + factors[0]) * factors[ECGP_GATHER_CHANNELS];
    int32_t value = (int32_t)((product + half) >> 31);

    value -= t->away != 0 && value < 0 ? 1 : 0;
    value = (int32_t)(((int64_t)value * factors[2 * ECGP_GATHER_CHANNELS] + half) >> 31) + t->zero_point;
    value = value < t->min[0] ? t->min[0] : value;
    return (int8_t)(value > t->max[0] ? t->max[0] : value);
}

/** Writes four channels of a tile from their sums. */
static inline void ecgp_gather_outputs(ecgp_gather_tile *t, const int32_t *factors)
{
    for (int32_t c = 0; c < ECGP_GATHER_CHANNELS; c++) {
        for (int32_t k = 0; k < ECGP_HELIUM_TILE; k += t->pool) {
            const int32_t other = t->part[k + t->pool - 1][c];
            const int32_t sum = t->part[k][c] > other ? t->part[k][c] : other;

            t->output[k / t->pool * t->outputs + c] = ecgp_gather_output(t, sum, factors + c);
        }
    }
}

/** Computes all channels of a tile. */
static inline void ecgp_gather_groups(const int8_t *x, int32_t step, ecgp_gather_tile *t)
{
    const uint8_t *at = (const uint8_t *)t->stream;
    int32_t word;

    do {
        int32_t factors[3 * ECGP_GATHER_CHANNELS];
        int32_t moved = 0;

        memset(t->part, 0, sizeof t->part);
        do {
            at = ecgp_gather_segment(x + moved, step, at, t);
            memcpy(&word, at, sizeof word);
            moved += word < 0 ? (int16_t)((uint32_t)word & 65535u) : 0;
            at += sizeof word;
        } while (word < 0 && ((uint32_t)word & (uint32_t)ECGP_GATHER_WHOLE) == 0u);
        if (word < 0) {
            memcpy(&word, at, sizeof word);
            at += sizeof word;
        }
        memcpy(factors, at, sizeof factors);
        at += sizeof factors;
        ecgp_gather_outputs(t, factors);
        t->output += word;
    } while (word != 0);
}

/**
 * Computes t->tiles tiles.
 *
 * @param x  the first position's input; the next position's is `step` bytes further, both multiples of 4
 */
static inline void ecgp_gather_tiles(const int8_t *x, int32_t step, ecgp_gather_tile *t)
{
    int8_t *const first = t->output;

    for (int32_t i = 0; i < t->tiles; i++) {
        t->output = first + i * (ECGP_HELIUM_TILE / t->pool) * t->outputs;
        ecgp_gather_groups(x + i * ECGP_HELIUM_TILE * step, step, t);
    }
}

#endif

#endif /* ECGP_HELIUM_GATHER_H */
