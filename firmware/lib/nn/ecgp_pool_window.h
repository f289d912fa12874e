/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pool_window.h
 * @brief How a pooling's window is cut at the edges of its input, and the average of what is left.
 */
#ifndef ECGP_POOL_WINDOW_H
#define ECGP_POOL_WINDOW_H

#include <stdint.h>

#include "ecgp_requant.h"

/** The part of a window that lies in the input, along one axis. */
typedef struct {
    int32_t first;
    int32_t count;
} ecgp_pool_span;

/** Of `filter` cells from `start` on, those within 0 to size - 1. */
static inline ecgp_pool_span ecgp_pool_cut(int32_t start, int32_t filter, int32_t size)
{
    const int32_t first = ecgp_clamp(start, 0, size);
    const ecgp_pool_span found = {first, ecgp_clamp(start + filter, 0, size) - first};

    return found;
}

/** sum / cells, where half is cells / 2. C's division truncates, so half a divisor away from zero rounds to nearest. */
static inline int16_t ecgp_pool_average(int32_t sum, int32_t cells, int32_t half)
{
    return (int16_t)((sum > 0 ? sum + half : sum - half) / cells);
}

#endif /* ECGP_POOL_WINDOW_H */
