/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_dense.h
 * @brief Dense convolution on Helium: four output channels of three positions from one stream; C with the same bits.
 *
 * VMLADAVA multiplies 16 bytes in two cycles, and a load beside it costs nothing: two channels times three positions take
 * six of them and five loads, so that the loop runs at 8 products a cycle, the most there is. Two such pairs of channels
 * make four sums a position, a vector, which is requantized in registers; no sum goes through memory.
 *
 * The stream has for every four channels: by pair, channels 0 and 2, then 1 and 3, 16 weights of each of both, chunk
 * after chunk; then four biases, four multipliers, and the four powers of two that stand for the right shifts.
 * VQRDMULH by 2^(31 - n) is the shift right by n that rounds half up, and runs beside VADD, VMAX and VMIN.
 */
#ifndef ECGP_HELIUM_DENSE_H
#define ECGP_HELIUM_DENSE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ecgp_compiler.h"

/** Positions whose sums are in registers; ecgprune/codegen/kernels/helium_dense.py must say the same. */
#define ECGP_DENSE_POSITIONS 3

/** Taps that are multiplied at once; helium_dense.py must say the same. */
#define ECGP_DENSE_TAPS 16

/** Channels of a group; helium_dense.py must say the same. */
#define ECGP_DENSE_CHANNELS 4

/** What a run of groups reads and writes. */
typedef struct {
    const int8_t *x[3][ECGP_DENSE_POSITIONS]; /**< fields: [2], or, where the larger of two is kept, [0] and [1] */
    int8_t *output[ECGP_DENSE_POSITIONS];     /**< advanced by four channels a group */
    const int32_t *stream;                    /**< of the group that is computed */
    const int32_t *end;                       /**< where the groups end that lie side by side: whole, then all */
    int32_t middle;                           /**< chunks - 2; -1 - chunks, where all positions are one, of 2 chunks and more */
    int32_t zero_point;                       /**< of the output */
    int32_t away;                             /**< 1: ties away from zero; 0: no tie can be below zero */
    const int8_t **first;                     /**< x[2], or x[0] */
    int32_t min[4];                           /**< lowest output, four times */
    int32_t max[4];                           /**< highest output, four times */
    int32_t larger[ECGP_DENSE_POSITIONS][4];  /**< the sums of x[0] */
    int32_t saved[2];                         /**< registers of the compiler */
    int32_t count;                            /**< tiles, 1 and more */
    int32_t x_step;                           /**< bytes from a field to that of the next tile */
    int32_t output_step;                      /**< bytes from the end of an output to that of the next tile */
    const int32_t *begin;                     /**< the stream of the first group */
    const int32_t *whole;                     /**< behind the last group that shares no channel with the one before */
    const int32_t *all;                       /**< behind the last group: that, or one more, which ends with the channels */
    int32_t back;                             /**< channels from the end of the former to that group, 0 and less */
} ecgp_dense_tile;

#if ECGP_HELIUM

#include <arm_mve.h>

#include "ecgp_helium_dense_asm.h"

#else

/** Sets `count` bytes, 0 and more. */
static inline void ecgp_helium_fill(int8_t *to, int32_t value, int32_t count)
{
    memset(to, (int)value, (size_t)count);
}

/** Copies `rows` rows of `count` bytes, both 1 and more; rows lie `pitch` bytes apart, their copies `step`. */
static inline void ecgp_helium_copy_rows(int8_t *to, int32_t step, const int8_t *from, int32_t pitch, int32_t count,
                                         int32_t rows)
{
    for (int32_t row = 0; row < rows; row++) {
        memcpy(to + row * step, from + row * pitch, (size_t)count);
    }
}

/** The sums of channel c of a group, for each position, with its bias. */
static inline void ecgp_dense_sums(const int32_t *group, int32_t chunks, const int8_t *const *x, int32_t c, int32_t *sums)
{
    const int8_t *const w = (const int8_t *)group + (2 * (c & 1) * chunks + (c >> 1)) * ECGP_DENSE_TAPS;

    for (int32_t k = 0; k < ECGP_DENSE_POSITIONS; k++) {
        int32_t sum = group[ECGP_DENSE_CHANNELS * chunks * (ECGP_DENSE_TAPS / 4) + c];

        for (int32_t chunk = 0; chunk < chunks; chunk++) {
            for (int32_t i = 0; i < ECGP_DENSE_TAPS; i++) {
                sum += w[2 * chunk * ECGP_DENSE_TAPS + i] * x[k][chunk * ECGP_DENSE_TAPS + i];
            }
        }
        sums[k] = sum;
    }
}

/** The output of a sum. factors: from the multiplier on. */
static inline int8_t ecgp_dense_output(const ecgp_dense_tile *t, int32_t sum, const int32_t *factors)
{
    const int64_t half = INT64_C(1) << 30;
    int32_t value = (int32_t)(((int64_t)sum * factors[0] + half) >> 31);

    value -= t->away != 0 && value < 0 ? 1 : 0;
    value = (int32_t)(((int64_t)value * factors[ECGP_DENSE_CHANNELS] + half) >> 31) + t->zero_point;
    value = value < t->min[0] ? t->min[0] : value;
    return (int8_t)(value > t->max[0] ? t->max[0] : value);
}

/** Computes a group of a tile. */
static inline void ecgp_dense_group(const ecgp_dense_tile *t, const int32_t *group, int32_t chunks)
{
    const int32_t *const factors = group + ECGP_DENSE_CHANNELS * chunks * (ECGP_DENSE_TAPS / 4) + ECGP_DENSE_CHANNELS;

    for (int32_t c = 0; c < ECGP_DENSE_CHANNELS; c++) {
        int32_t sums[ECGP_DENSE_POSITIONS];
        int32_t others[ECGP_DENSE_POSITIONS];

        ecgp_dense_sums(group, chunks, t->first, c, sums);
        ecgp_dense_sums(group, chunks, t->first == t->x[0] ? t->x[1] : t->first, c, others);
        for (int32_t k = 0; k < ECGP_DENSE_POSITIONS; k++) {
            t->output[k][c] = ecgp_dense_output(t, sums[k] > others[k] ? sums[k] : others[k], factors + c);
        }
    }
}

/** Computes the groups of tiles side by side. */
static inline void ecgp_dense_groups(ecgp_dense_tile *t)
{
    const int32_t chunks = t->middle < -1 ? -1 - t->middle : t->middle + 2;
    const int32_t words = ECGP_DENSE_CHANNELS * chunks * (ECGP_DENSE_TAPS / 4) + 3 * ECGP_DENSE_CHANNELS;

    for (; t->count != 0; t->count--) {
        for (const int32_t *group = t->begin; group != t->all; group += words) {
            for (int32_t k = 0; k < ECGP_DENSE_POSITIONS && group == t->whole; k++) {
                t->output[k] += t->back;
            }
            ecgp_dense_group(t, group, chunks);
            for (int32_t k = 0; k < ECGP_DENSE_POSITIONS; k++) {
                t->output[k] += ECGP_DENSE_CHANNELS;
            }
        }
        for (int32_t k = 0; k < ECGP_DENSE_POSITIONS; k++) {
            t->x[0][k] += t->x_step;
            t->x[1][k] += t->x_step;
            t->x[2][k] += t->x_step;
            t->output[k] += t->output_step;
        }
    }
}

#endif

#endif /* ECGP_HELIUM_DENSE_H */
