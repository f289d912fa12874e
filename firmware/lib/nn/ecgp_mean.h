/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_mean.h
 * @brief MEAN of an int8 or int16 tensor over axes that follow one another; over height and width it is a global pooling.
 */
#ifndef ECGP_MEAN_H
#define ECGP_MEAN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The tensor seen as [outer][count][inner], of which the middle is averaged. Of int16 count is at most 65535, and zero points are 0. */
typedef struct {
    int32_t outer;             /**< 1 and more */
    int32_t count;             /**< elements of one mean, 1 to 2^23 - 1 */
    int32_t inner;             /**< distance of the elements of one mean, in elements */
    int32_t bias;              /**< minus count times the input's zero point */
    int32_t multiplier;        /**< of the sum: input scale / output scale / count, 0 to 2^31 - 1 */
    int32_t shift;             /**< belongs to multiplier, -31 to 30 */
    int32_t output_zero_point; /**< -128 to 127 */
} ecgp_mean_params;

/**
 * The means.
 *
 * @param p       parameters
 * @param input   outer x count x inner
 * @param output  outer x inner; does not overlap the input
 */
void ecgp_mean_s8(const ecgp_mean_params *p, const int8_t *input, int8_t *output);

/** ecgp_mean_s8() for int16. */
void ecgp_mean_s16(const ecgp_mean_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_MEAN_H */
