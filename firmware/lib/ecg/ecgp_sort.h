/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_sort.h
 * @brief Sorting of a few values, for medians.
 */
#ifndef ECGP_SORT_H
#define ECGP_SORT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Sorts in place, rising: insertion sort, for counts of at most some 64.
 *
 * @param values  `count` values
 * @param count   0 or more
 */
void ecgp_sort(int16_t *values, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SORT_H */
