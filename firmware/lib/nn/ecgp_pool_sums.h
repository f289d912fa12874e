/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pool_sums.h
 * @brief Sums of four channels of a window's cells: with DSP in the halves of two words, where a sum of bytes is an int16.
 */
#ifndef ECGP_POOL_SUMS_H
#define ECGP_POOL_SUMS_H

#include <stdint.h>

#include "ecgp_compiler.h"

#if ECGP_DSP

/** Cells at most: 255 * 128 < 2^15. */
#define ECGP_POOL_CELLS 255
/** Sums of no cells. */
#define ECGP_POOL_NONE {{0u, 0u}}

/** Channels 0 and 2, channels 1 and 3. */
typedef struct {
    uint32_t halves[2];
} ecgp_pool_sums;

/** The sum of channel k. */
static inline int32_t ecgp_pool_sum(const ecgp_pool_sums *s, int32_t k)
{
    return (int16_t)(k < 2 ? s->halves[k] : s->halves[k - 2] >> 16);
}

/** Adds `count` cells, `step` bytes apart. */
static inline void ecgp_pool_add(ecgp_pool_sums *s, const int8_t *cell, int32_t step, int32_t count)
{
    uint32_t even = s->halves[0];
    uint32_t odd = s->halves[1];

    for (; count >= 2; count -= 2) {
        const uint32_t first = ecgp_load4(cell);
        const uint32_t second = ecgp_load4(cell + step);

        even = ecgp_sxtab16(ecgp_sxtab16(even, first), second);
        odd = ecgp_sxtab16_ror8(ecgp_sxtab16_ror8(odd, first), second);
        cell += 2 * step;
    }
    if (count != 0) {
        const uint32_t last = ecgp_load4(cell);

        even = ecgp_sxtab16(even, last);
        odd = ecgp_sxtab16_ror8(odd, last);
    }
    s->halves[0] = even;
    s->halves[1] = odd;
}

#else

/** Cells at most: any that a window has. */
#define ECGP_POOL_CELLS INT32_MAX
/** Sums of no cells. */
#define ECGP_POOL_NONE {{0, 0, 0, 0}}

/** Of each channel. */
typedef struct {
    int32_t each[4];
} ecgp_pool_sums;

/** The sum of channel k. */
static inline int32_t ecgp_pool_sum(const ecgp_pool_sums *s, int32_t k)
{
    return s->each[k];
}

/** Adds `count` cells, `step` bytes apart. */
static inline void ecgp_pool_add(ecgp_pool_sums *s, const int8_t *cell, int32_t step, int32_t count)
{
    int32_t a = s->each[0], b = s->each[1], c = s->each[2], d = s->each[3]; /* in registers */

    for (; count > 0; count--) {
        a += cell[0];
        b += cell[1];
        c += cell[2];
        d += cell[3];
        cell += step;
    }
    s->each[0] = a;
    s->each[1] = b;
    s->each[2] = c;
    s->each[3] = d;
}

#endif

#endif /* ECGP_POOL_SUMS_H */
