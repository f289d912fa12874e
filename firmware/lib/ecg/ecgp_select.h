/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_select.h
 * @brief One value of the sorted order, for medians.
 */
#ifndef ECGP_SELECT_H
#define ECGP_SELECT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief The value at a place of the sorted order, by halving the range of the values: sorts nothing, needs no memory.
 *
 * @param values  `count` values, any two of them less than 32767 apart
 * @param count   1 or more
 * @param rank    the place, 0 to `count` - 1; 0 is that of the lowest
 */
int32_t ecgp_select(const int16_t *values, uint32_t count, uint32_t rank);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SELECT_H */
