/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_arg_max.h
 * @brief ARG_MAX and ARG_MIN of an int8 tensor along one dimension.
 */
#ifndef ECGP_ARG_MAX_H
#define ECGP_ARG_MAX_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The tensor seen as [outer][count][inner], of which the middle is searched. */
typedef struct {
    int32_t outer; /**< 1 and more */
    int32_t count; /**< elements to search, 1 and more */
    int32_t inner; /**< distance of the elements that are searched together, 1 and more */
    int32_t sign;  /**< 1 for the largest, -1 for the smallest */
} ecgp_arg_max_params;

/**
 * Places of the largest or smallest elements, of the first among equals.
 *
 * @param p       parameters
 * @param input   outer x count x inner
 * @param output  outer x inner, 0 to count - 1; does not overlap the input
 */
void ecgp_arg_max_s8(const ecgp_arg_max_params *p, const int8_t *input, int32_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_ARG_MAX_H */
