/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_sparse.h
 * @brief The sparse stream: nonzero weights with the distances between their inputs.
 *
 * An output channel is a run of (delta, weight) byte pairs. delta, 0 to 255, moves the input pointer ahead of the
 * multiplication; weight is an int8. A distance above 255 is bridged by pairs of weight zero, so that reading needs
 * no branch. Channels with no weight left have no pairs. ecgprune/codegen/sparse.py packs it.
 */
#ifndef ECGP_SPARSE_H
#define ECGP_SPARSE_H

#include <stdint.h>

/** Bytes of one entry. */
#define ECGP_SPARSE_ENTRY 2

/** The weight of an entry. */
static inline int32_t ecgp_sparse_weight(const uint8_t *entry)
{
    return (int8_t)entry[1];
}

/** accumulator plus the weighted inputs of one channel; x is where the channel's first delta starts from. */
static inline int32_t ecgp_sparse_dot(const uint8_t *entries, int32_t count, const int8_t *x, int32_t accumulator)
{
    const uint8_t *const end = entries + ECGP_SPARSE_ENTRY * count;

    for (; entries != end; entries += ECGP_SPARSE_ENTRY) {
        x += entries[0];
        accumulator += ecgp_sparse_weight(entries) * *x;
    }
    return accumulator;
}

#endif /* ECGP_SPARSE_H */
