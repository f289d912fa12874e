/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_svdf.h
 * @brief SVDF over int8: a matrix of rank-1 filters over the features and the last steps in time. Bit-exact with TFLM.
 *
 * The state holds, of each filter, what the features gave in the last `memory` steps, the newest one last. One call is one
 * step: it makes room for the newest, and overwrites the oldest.
 */
#ifndef ECGP_SVDF_H
#define ECGP_SVDF_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What does not depend on the state's type. */
typedef struct {
    int32_t batches;            /**< 1 and more; each has a state of its own */
    int32_t inputs;             /**< elements of an input vector, 1 and more */
    int32_t units;              /**< elements of an output vector, 1 and more */
    int32_t rank;               /**< filters of a unit, 1 and more */
    int32_t memory;             /**< steps that the state holds, 1 and more */
    const int32_t *features;    /**< weights [units * rank][inputs] as ecgp_matrix_sums() takes them */
    const int32_t *offsets;     /**< of each filter's sum, with the input's zero point: 128 * sum|w| + |offset| < 2^31 >> shift */
    int32_t feature_multiplier; /**< from sums to the state, 0 to 2^31 - 1 */
    int32_t feature_shift;      /**< -31 to 30 */
    int32_t state_zero_point;   /**< of the state's type */
    const int32_t *bias;        /**< of each unit, with the state's zero point; modulo 2^32 */
    int32_t multiplier;         /**< to the output, 0 to 2^31 - 1 */
    int32_t shift;              /**< -31 to -1 */
    int32_t zero_point;         /**< of the output, -128 to 127 */
} ecgp_svdf;

/** Parameters of ecgp_svdf_s16(). */
typedef struct {
    ecgp_svdf svdf;        /**< everything else */
    const int16_t *time; /**< weights [units * rank][memory] */
} ecgp_svdf_s16_params;

/** Parameters of ecgp_svdf_s8(). */
typedef struct {
    ecgp_svdf svdf;       /**< everything else */
    const int8_t *time; /**< weights [units * rank][memory] */
} ecgp_svdf_s8_params;

/**
 * One step with an int16 state. Sums over time wrap, as TFLM's do.
 *
 * @param p        parameters
 * @param input    batches x inputs
 * @param state    batches x filters x memory; read and overwritten
 * @param output   batches x units, which overlaps neither
 * @param scratch  inputs bytes, rounded up to words; unused where inputs is a multiple of four
 */
void ecgp_svdf_s16(const ecgp_svdf_s16_params *p, const int8_t *input, int16_t *state, int8_t *output, void *scratch);

/**
 * One step with an int8 state.
 *
 * @param p        parameters
 * @param input    batches x inputs
 * @param state    batches x filters x memory; read and overwritten
 * @param output   batches x units, which overlaps neither
 * @param scratch  inputs bytes, rounded up to words; unused where inputs is a multiple of four
 */
void ecgp_svdf_s8(const ecgp_svdf_s8_params *p, const int8_t *input, int8_t *state, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SVDF_H */
