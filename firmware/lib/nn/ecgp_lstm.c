/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_lstm.c
 * @brief See ecgp_lstm.h. Units are computed sixteen at a time, all their gates and then their states.
 *
 * TFLM computes each gate of all units, then the states. The order makes no difference: a unit's gates take the hidden
 * state of the step before, which stays until the last unit is done. The new one is the output's row.
 */
#include "ecgp_lstm.h"

#include "ecgp_compiler.h"
#include "ecgp_helium_factor.h"
#include "ecgp_interpolate.h"
#include "ecgp_matrix.h"
#include "ecgp_requant.h"

/** Bits that forget gate times cell state are shifted right, besides 1: the gate has steps of 2^-15. */
#define KEPT_SHIFT 14

/** A vector of bytes, of whole words behind which there are only zeros. */
typedef struct {
    const int8_t *data;
    int32_t words;
} vector;

/** What is multiplied next: the weights of the input and of the hidden state. */
typedef struct {
    const int32_t *input;
    const int32_t *hidden;
} weights;

#if ECGP_HELIUM

/** The same as in C below, of four units at a time; gates have room for sixteen. */
static inline void add_sums(const ecgp_lstm_product *p, const int32_t *sums, int32_t first, int32_t count, int16_t *gate)
{
    const int32_t *bias = p->bias + first;
    const int32_t multiplier = p->multiplier;
    const int32_t shift = p->shift;

    for (int32_t left = count; left > 0; left -= 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)left);
        const int32x4_t value = vaddq_s32(vldrwq_z_s32(sums, valid), vldrwq_z_s32(bias, valid));
        const int32x4_t product = ecgp_helium_clamp(ecgp_helium_scaled_any(value, multiplier, shift), -32768, 32767);

        vstrhq_s32(gate, ecgp_helium_clamp(vaddq_s32(vldrhq_s32(gate), product), -32768, 32767));
        sums += 4;
        bias += 4;
        gate += 4;
    }
}

static inline void evaluate(const uint16_t *table, int is_tanh, int32_t count, int16_t *gate)
{
    for (int32_t left = count; left > 0; left -= 4) {
        const int32x4_t x = vmulq_n_s32(vldrhq_s32(gate), 3);

        vstrhq_s32(gate, is_tanh != 0 ? ecgp_tanh_four(table, x) : ecgp_sigmoid_four(table, x));
        gate += 4;
    }
}

/** divided(): a shift of one bit, rounded half up, and one of `right`, -30 to -2. */
static inline int32x4_t divided(int32x4_t value, int32_t right)
{
    value = vrshrq_n_s32(value, 1);
    value = vrshlq_n_s32(vaddq_s32(value, vshrq_n_s32(value, 31)), right);
    return ecgp_helium_clamp(value, -32768, 32767);
}

/** The next cell and hidden state of `count` units. */
static void update(const ecgp_lstm_params *p, int32_t count, int16_t gates[][ECGP_MATRIX_SUMS], int16_t *cell,
                   int8_t *hidden)
{
    const int16_t *gate = gates[0];

    for (int32_t left = count; left > 0; left -= 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)left);
        const int32x4_t in = vldrhq_s32(gate + ECGP_LSTM_INPUT * ECGP_MATRIX_SUMS);
        const int32x4_t forget = vldrhq_s32(gate + ECGP_LSTM_FORGET * ECGP_MATRIX_SUMS);
        const int32x4_t values = vldrhq_s32(gate + ECGP_LSTM_CELL * ECGP_MATRIX_SUMS);
        const int32x4_t out = vldrhq_s32(gate + ECGP_LSTM_OUTPUT * ECGP_MATRIX_SUMS);
        const int32x4_t kept = divided(vmulq_s32(forget, vldrhq_z_s32(cell, valid)), -KEPT_SHIFT);
        const int32x4_t added = divided(vmulq_s32(in, values), -p->added_shift);
        const int32x4_t c = ecgp_helium_clamp(vaddq_s32(kept, added), p->cell_min, p->cell_max);
        const int32x4_t steps = vrshlq_n_s32(vmulq_n_s32(c, p->tanh_multiplier), -p->tanh_shift);
        const int32x4_t seen = vmulq_s32(ecgp_tanh_four(p->sigmoids, steps), out);
        const int32x4_t y = ecgp_helium_scaled_any(seen, p->multiplier, p->shift);

        vstrhq_p_s32(cell, c, valid);
        vstrbq_p_s32(hidden, ecgp_helium_clamp(vaddq_n_s32(y, p->zero_point), -128, 127), valid);
        gate += 4;
        cell += 4;
        hidden += 4;
    }
}

#else

/** value / 2^shift, rounded to nearest, ties away from zero, as ecgp_rounding_shift_right(). shift: 0 to 30. */
static inline int32_t shifted(int32_t value, int32_t shift)
{
    const int32_t half = (int32_t)((1u << shift) >> 1);

    return (value - (shift != 0 && value < 0 ? 1 : 0) + half) >> shift;
}

/** value / 2^(1 + shift) with TFLM's two roundings, which are those of a multiplier of 2^30. */
static inline int32_t divided(int32_t value, int32_t shift)
{
    return ecgp_ssat16(shifted((value + 1) >> 1, shift));
}

/** ecgp_multiply() of a value that stays below 2^30 after its shift to the left. */
static inline int32_t multiplied(int32_t value, int32_t multiplier, int32_t shift)
{
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;

    ECGP_ASSERT(value < (1 << 30) >> left && -value < (1 << 30) >> left && right <= 30);
    return shifted(ecgp_smmulr((int32_t)((uint32_t)value << (left + 1)), multiplier), right);
}

/** Products of units `first` on, whose sums are given, added to `gate`. */
static inline void add_sums(const ecgp_lstm_product *p, const int32_t *sums, int32_t first, int32_t count, int16_t *gate)
{
    for (int32_t k = 0; k < count; k++) {
        const int32_t product = ecgp_ssat16(multiplied(sums[k] + p->bias[first + k], p->multiplier, p->shift));

        gate[k] = (int16_t)ecgp_ssat16(gate[k] + product);
    }
}

/** A gate's values before its function to those behind it. */
static inline void evaluate(const uint16_t *table, int is_tanh, int32_t count, int16_t *gate)
{
    for (int32_t k = 0; k < count; k++) {
        gate[k] = (int16_t)(is_tanh != 0 ? ecgp_tanh(table, 3 * gate[k]) : ecgp_sigmoid(table, 3 * gate[k]));
    }
}

/** The next cell and hidden state of `count` units. */
static void update(const ecgp_lstm_params *p, int32_t count, int16_t gates[][ECGP_MATRIX_SUMS], int16_t *cell,
                   int8_t *hidden)
{
    const int32_t half = (int32_t)((1u << p->tanh_shift) >> 1);

    for (int32_t k = 0; k < count; k++) {
        const int32_t kept = divided(gates[ECGP_LSTM_FORGET][k] * cell[k], KEPT_SHIFT);
        const int32_t added = divided(gates[ECGP_LSTM_INPUT][k] * gates[ECGP_LSTM_CELL][k], p->added_shift);
        const int32_t c = ecgp_clamp(kept + added, p->cell_min, p->cell_max);
        const int32_t seen = ecgp_tanh(p->sigmoids, (c * p->tanh_multiplier + half) >> p->tanh_shift);
        const int32_t y = multiplied(seen * gates[ECGP_LSTM_OUTPUT][k], p->multiplier, p->shift);

        cell[k] = (int16_t)c;
        hidden[k] = (int8_t)ecgp_ssat8(y + p->zero_point);
    }
}

#endif

/** One product of units `first` on, added to `gate`. Returns the weights of the units behind them. */
static ECGP_NOINLINE const int32_t *add_product(const ecgp_lstm_product *p, const int32_t *w, const vector *x, int32_t first,
                                  int32_t count, int16_t *gate)
{
    int32_t sums[ECGP_MATRIX_SUMS];

    w = ecgp_matrix_sums(w, x->data, x->data + 4 * x->words, x->words, sums, count);
    add_sums(p, sums, first, count, gate);
    return w;
}

/** The gates of units `first` on, before and after their functions. */
static void compute_gates(const ecgp_lstm_params *p, weights *w, const vector *x, const vector *h, int32_t first,
                          int32_t count, int16_t gates[][ECGP_MATRIX_SUMS])
{
    for (int32_t g = 0; g < (int32_t)ECGP_LSTM_GATES; g++) {
        int16_t *const gate = gates[g];

        memset(gate, 0, ECGP_MATRIX_SUMS * sizeof gate[0]);
        w[g].input = add_product(&p->gates[g].input, w[g].input, x, first, count, gate);
        w[g].hidden = add_product(&p->gates[g].hidden, w[g].hidden, h, first, count, gate);
        evaluate(p->sigmoids, g == (int32_t)ECGP_LSTM_CELL, count, gate);
    }
}

/** One step of one batch: the next cell state, and the next hidden state to `output`. */
static void step(const ecgp_lstm_params *p, const vector *x, const vector *h, int16_t *cell, int8_t *output)
{
    weights w[ECGP_LSTM_GATES];
    int16_t gates[ECGP_LSTM_GATES][ECGP_MATRIX_SUMS];

    for (int32_t g = 0; g < (int32_t)ECGP_LSTM_GATES; g++) {
        w[g].input = p->gates[g].input.weights;
        w[g].hidden = p->gates[g].hidden.weights;
    }
    for (int32_t first = 0; first < p->units; first += ECGP_MATRIX_SUMS) {
        const int32_t left = p->units - first;
        const int32_t count = left < ECGP_MATRIX_SUMS ? left : ECGP_MATRIX_SUMS;

        compute_gates(p, w, x, h, first, count, gates);
        update(p, count, gates, cell + first, output + first);
    }
}

/** The bytes as a vector of whole words, in `padded` where they are not; its zeros are there already. */
static inline vector whole(const int8_t *data, int32_t size, int8_t *padded)
{
    const vector found = {(size & 3) != 0 ? padded : data, (size + 3) >> 2};

    if ((size & 3) != 0) {
        memcpy(padded, data, (size_t)size);
    }
    return found;
}

void ecgp_lstm_s8(const ecgp_lstm_params *p, const int8_t *input, int8_t *hidden, int16_t *cell, int8_t *output,
                  void *scratch)
{
    int8_t *const padded = scratch;
    const int32_t width = (p->inputs & 3) != 0 ? (p->inputs + 3) & ~3 : 0;
    const int32_t size = width + ((p->units & 3) != 0 ? (p->units + 3) & ~3 : 0);

    ECGP_ASSERT(p->batches >= 1 && p->steps >= 1 && p->inputs >= 1 && p->units >= 1);
    ECGP_ASSERT(p->added_shift >= 2 && p->added_shift <= 30 && p->tanh_shift >= 0 && p->tanh_shift <= 15);
    ECGP_ASSERT(p->shift >= -30 && p->shift <= 0);
    if (size != 0) {
        memset(padded, 0, (size_t)size);
    }
    for (int32_t b = 0; b < p->batches; b++) {
        int8_t *const state = hidden + b * p->units;

        for (int32_t t = 0; t < p->steps; t++) {
            const int32_t row = b * p->batch_rows + t * p->step_rows;
            const vector x = whole(input + row * p->inputs, p->inputs, padded);
            const vector h = whole(state, p->units, size != width ? padded + width : padded);

            step(p, &x, &h, cell + b * p->units, output + row * p->units);
            memcpy(state, output + row * p->units, (size_t)p->units);
        }
    }
}
