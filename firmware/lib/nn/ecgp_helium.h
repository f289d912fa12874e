/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium.h
 * @brief Convolution sums and their requantization on Helium (MVE), 16 products an instruction; C with the same bits.
 *
 * A tile is ECGP_HELIUM_TILE positions. Their inputs of 16 taps stay in q0 to q5 while the weights of one output channel
 * after another pass through q7: VMLADAVA adds 16 products to a core register, and one LDM and STM move a channel's six
 * sums, which lie side by side in memory. So 96 products take ten instructions. Sparse channels gather the inputs of
 * their weights instead, 16 bytes or four blocks of four at a time. Sums are int32 in any order of additions, which the
 * generator proves: 128 * sum|w| + |bias| < 2^31.
 */
#ifndef ECGP_HELIUM_H
#define ECGP_HELIUM_H

#include <stdint.h>
#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_requant.h"

/** Positions of a tile; ecgprune/codegen/kernels/helium.py must say the same. Even, as max pooling joins two. */
#define ECGP_HELIUM_TILE 6

/** Taps that are multiplied at once; helium.py must say the same. */
#define ECGP_HELIUM_TAPS 16

/** The same of int16 inputs. */
#define ECGP_HELIUM_TAPS_S16 8

#if ECGP_HELIUM

#include <arm_mve.h>

#include "ecgp_helium_asm.h"
#include "ecgp_helium_s16_asm.h"

#else

/** Copies `count` bytes, 0 and more. */
static inline void ecgp_helium_copy(int8_t *to, const int8_t *from, int32_t count)
{
    memcpy(to, from, (size_t)count);
}

/**
 * Adds up to ECGP_HELIUM_TAPS_S16 taps of every channel to its sums, or, the first time, sets them.
 *
 * @param x     the first position's int16 input of the first of these taps; the next position's is `step` bytes further
 * @param w     [outputs][ECGP_HELIUM_TAPS_S16]
 * @param taps  taps left, 1 and more
 * @param sums  [outputs][ECGP_HELIUM_TILE]
 */
static inline void ecgp_helium_taps_s16(const int8_t *x, int32_t step, const int8_t *w, int32_t outputs, int32_t taps,
                                        int first, int32_t *sums)
{
    const int32_t count = taps < ECGP_HELIUM_TAPS_S16 ? taps : ECGP_HELIUM_TAPS_S16;

    for (const int32_t *const end = sums + outputs * ECGP_HELIUM_TILE; sums != end; sums += ECGP_HELIUM_TILE) {
        for (int32_t k = 0; k < ECGP_HELIUM_TILE; k++) {
            int32_t sum = first != 0 ? 0 : sums[k];

            for (int32_t i = 0; i < count; i++) {
                int16_t input;

                memcpy(&input, x + k * step + 2 * i, sizeof input);
                sum += w[i] * input;
            }
            sums[k] = sum;
        }
        w += ECGP_HELIUM_TAPS_S16;
    }
}

#endif

#endif /* ECGP_HELIUM_H */
