/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_select.c
 * @brief One value of the sorted order; see ecgp_select.h.
 */
#include "ecgp_select.h"

#include "ecgp_compiler.h"
#include "ecgp_integers.h"

/** How many values are below a limit. */
static uint32_t below(const int16_t *values, uint32_t count, int32_t limit)
{
    uint32_t found = 0u;

#if ECGP_DSP && ECGP_UNALIGNED
    const uint32_t limits = ecgp_both(limit);

    for (; count >= 4u; count -= 4u) { /* counts of each half of a word */
        found += ecgp_below2(ecgp_load2(values), limits);
        found += ecgp_below2(ecgp_load2(&values[2]), limits);
        values += 4;
    }
    found = (found & 0xffffu) + (found >> 16);
#endif
    for (; count > 0u; count--) {
        found += *values < limit ? 1u : 0u;
        values++;
    }
    return found;
}

int32_t ecgp_select(const int16_t *values, uint32_t count, uint32_t rank)
{
    int32_t low = values[0];
    int32_t high = low;
    uint32_t i;

    for (i = 1u; i < count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    while (low < high) { /* the value is one of these, and both */
        const int32_t middle = low + ((high - low) >> 1);

        if (below(values, count, middle + 1) > rank) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}
