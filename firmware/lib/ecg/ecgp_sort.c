/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_sort.c
 * @brief Insertion sort; see ecgp_sort.h. In a file of its own: inlined into its callers it takes more instructions.
 */
#include "ecgp_sort.h"

void ecgp_sort(int16_t *values, uint32_t count)
{
    uint32_t i;

    for (i = 1u; i < count; i++) {
        const int16_t value = values[i];
        uint32_t at = i;
        for (; at > 0u && values[at - 1u] > value; at--) {
            values[at] = values[at - 1u];
        }
        values[at] = value;
    }
}
