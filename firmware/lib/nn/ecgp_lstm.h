/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_lstm.h
 * @brief UNIDIRECTIONAL_SEQUENCE_LSTM: int8 inputs, weights and hidden state, int16 cell state. Bit-exact with TFLM.
 *
 * Both states last from one call to the next.
 */
#ifndef ECGP_LSTM_H
#define ECGP_LSTM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Gates by their place in ecgp_lstm_params. */
typedef enum {
    ECGP_LSTM_INPUT = 0,  /**< how much of the new values the cell takes */
    ECGP_LSTM_FORGET = 1, /**< how much of its own it keeps */
    ECGP_LSTM_CELL = 2,   /**< the new values */
    ECGP_LSTM_OUTPUT = 3, /**< how much of the cell is seen */
    ECGP_LSTM_GATES = 4
} ecgp_lstm_gates;

/** One of the two products that a gate adds: weights times a vector, in steps of 1/4096. */
typedef struct {
    const int32_t *weights; /**< [units][elements of the vector], as ecgp_matrix_sums() takes them */
    const int32_t *bias;    /**< of each unit, with the vector's zero point: (128 * sum|w| + |bias|) * 2^max(shift, 0) < 2^30 */
    int32_t multiplier;     /**< 0 to 2^31 - 1 */
    int32_t shift;          /**< -30 to 29 */
} ecgp_lstm_product;

/** What a gate's value is computed from. */
typedef struct {
    ecgp_lstm_product input;  /**< of the inputs */
    ecgp_lstm_product hidden; /**< of the hidden state */
} ecgp_lstm_gate;

/** Parameters of ecgp_lstm_s8(). */
typedef struct {
    int32_t batches;                       /**< 1 and more; each has states of its own */
    int32_t steps;                         /**< in time, of one call, 1 and more */
    int32_t inputs;                        /**< elements of an input vector, 1 and more */
    int32_t units;                         /**< elements of an output vector, 1 and more */
    int32_t batch_rows;                    /**< from a vector to that of the next batch: steps, or 1 where time comes first */
    int32_t step_rows;                     /**< from a vector to that of the next step: 1, or batches */
    ecgp_lstm_gate gates[ECGP_LSTM_GATES]; /**< by ecgp_lstm_gates */
    int32_t added_shift;                   /**< bits that input gate times new values are shifted right, besides 1: 2 to 30 */
    int32_t cell_min;                      /**< of the cell state, -32768 to 0 */
    int32_t cell_max;                      /**< of the cell state, 0 to 32767 */
    int32_t tanh_multiplier;               /**< from the cell state to steps of 1/12288: multiplied, 3 to 3 * 2^13, */
    int32_t tanh_shift;                    /**< and shifted right, 0 to 15 */
    int32_t multiplier;                    /**< from tanh times output gate to the hidden state, 0 to 2^31 - 1 */
    int32_t shift;                         /**< -30 to 0 */
    int32_t zero_point;                    /**< of the hidden state and the output, -128 to 127 */
    const uint16_t *sigmoids;              /**< 256 values, see ecgp_interpolate.h */
} ecgp_lstm_params;

/**
 * All steps of a call.
 *
 * @param p        parameters
 * @param input    vectors of inputs, in rows as batch_rows and step_rows say
 * @param hidden   batches x units; read and overwritten
 * @param cell     batches x units; read and overwritten
 * @param output   vectors of units, in the same rows as the input's; overlaps nothing
 * @param scratch  inputs and units in bytes, each rounded up to words where it is no multiple of four, else not needed
 */
void ecgp_lstm_s8(const ecgp_lstm_params *p, const int8_t *input, int8_t *hidden, int16_t *cell, int8_t *output,
                  void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_LSTM_H */
