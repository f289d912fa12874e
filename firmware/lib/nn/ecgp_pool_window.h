/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pool_window.h
 * @brief How a pooling's window is cut at the edges of its input.
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

#endif /* ECGP_POOL_WINDOW_H */
