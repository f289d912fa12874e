/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_svdf.c
 * @brief See ecgp_svdf.h. The state moves on while it is multiplied: each element is loaded once.
 *
 * TFLM first moves the whole state, then multiplies. Its zero points are folded into offsets and biases here, which is
 * exact even where a sum over time wraps: all of it is modulo 2^32.
 */
#include "ecgp_svdf.h"

#include "ecgp_compiler.h"
#include "ecgp_helium_factor.h"
#include "ecgp_matrix.h"
#include "ecgp_requant.h"

/** The state and the weights of one filter: int16 if state16 is not NULL, else int8. */
typedef struct {
    int16_t *state16;
    const int16_t *time16;
    int8_t *state8;
    const int8_t *time8;
} filter;

/** acc + a * b modulo 2^32. */
static inline int32_t multiply_add(int32_t acc, int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)acc + (uint32_t)a * (uint32_t)b);
}

#if ECGP_HELIUM

#include "ecgp_svdf_helium_asm.h"

/** Moves an int16 filter on by one step; its new sum over time, added to acc. */
static inline int32_t step16(int16_t *state, const int16_t *w, int32_t memory, int32_t newest, int32_t acc)
{
    acc = ecgp_svdf_move_s16(state, w, memory - 1, acc);
    state[memory - 1] = (int16_t)newest;
    return multiply_add(acc, (int16_t)newest, w[memory - 1]);
}

/** Moves an int8 filter on by one step; its new sum over time, added to acc. */
static inline int32_t step8(int8_t *state, const int8_t *w, int32_t memory, int32_t newest, int32_t acc)
{
    acc = ecgp_svdf_move_s8(state, w, memory - 1, acc);
    state[memory - 1] = (int8_t)newest;
    return multiply_add(acc, (int8_t)newest, w[memory - 1]);
}

/** The newest elements of `count` filters from `first` on, from their sums, which they replace. */
static inline void newest_of(const ecgp_svdf *p, int32_t first, int32_t count, int32_t limit, int32_t *sums)
{
    const int32_t *offsets = p->offsets + first;

    for (int32_t left = count; left > 0; left -= 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)left);
        const int32x4_t sum = vaddq_s32(vldrwq_z_s32(sums, valid), vldrwq_z_s32(offsets, valid));
        const int32x4_t scaled = ecgp_helium_scaled_any(sum, p->feature_multiplier, p->feature_shift);

        vstrwq_s32(sums, vaddq_n_s32(ecgp_helium_clamp(scaled, -limit - 1, limit), p->state_zero_point));
        sums += 4;
        offsets += 4;
    }
}

/** The outputs of `count` units, from their sums over time. */
static inline void outputs_of(const ecgp_svdf *p, const int32_t *sums, int32_t count, int8_t *output)
{
    for (int32_t left = count; left > 0; left -= 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)left);
        const int32x4_t y = ecgp_helium_scaled(vldrwq_z_s32(sums, valid), p->multiplier, p->shift);

        vstrbq_p_s32(output, ecgp_helium_clamp(vaddq_n_s32(y, p->zero_point), -128, 127), valid);
        sums += 4;
        output += 4;
    }
}

#else

/** Moves an int16 filter on by one step; its new sum over time, added to acc. */
static int32_t step16(int16_t *state, const int16_t *w, int32_t memory, int32_t newest, int32_t acc)
{
    int32_t j = 0;

#if ECGP_DSP && ECGP_UNALIGNED
    for (; j + 2 < memory; j += 2) {
        const uint32_t two = ecgp_load4((const int8_t *)(state + j + 1));

        ecgp_store4((int8_t *)(state + j), two);
        acc = ecgp_smlad(two, ecgp_load4((const int8_t *)(w + j)), acc);
    }
#endif
    for (; j + 1 < memory; j++) {
        const int16_t one = state[j + 1];

        state[j] = one;
        acc = multiply_add(acc, one, w[j]);
    }
    state[j] = (int16_t)newest;
    return multiply_add(acc, state[j], w[j]);
}

/** Moves an int8 filter on by one step; its new sum over time, added to acc. */
static int32_t step8(int8_t *state, const int8_t *w, int32_t memory, int32_t newest, int32_t acc)
{
    int32_t j = 0;

#if ECGP_DSP && ECGP_UNALIGNED
    for (; j + 4 < memory; j += 4) {
        const uint32_t four = ecgp_load4(state + j + 1);

        ecgp_store4(state + j, four);
        acc = ecgp_multiply4(w + j, ecgp_sxtb16(four), ecgp_sxtb16_ror8(four), acc);
    }
#endif
    for (; j + 1 < memory; j++) {
        const int8_t one = state[j + 1];

        state[j] = one;
        acc = multiply_add(acc, one, w[j]);
    }
    state[j] = (int8_t)newest;
    return multiply_add(acc, state[j], w[j]);
}

#endif

/** Moves a filter on, and goes to the next one. */
static inline int32_t step(filter *f, int32_t memory, int32_t newest, int32_t acc)
{
    if (f->state16 != NULL) {
        acc = step16(f->state16, f->time16, memory, newest, acc);
        f->state16 += memory;
        f->time16 += memory;
    } else {
        acc = step8(f->state8, f->time8, memory, newest, acc);
        f->state8 += memory;
        f->time8 += memory;
    }
    return acc;
}

/** One input vector; f goes behind the last filter. */
static void row(const ecgp_svdf *p, filter *f, const int8_t *x, int8_t *output)
{
    const int32_t limit = f->state16 != NULL ? INT16_MAX : INT8_MAX;
    const int32_t words = (p->inputs + 3) >> 2;
    const int32_t filters = p->units * p->rank;
    const int32_t *w = p->features;
    int32_t unit = 0;
    int32_t left = p->rank; /* filters of the unit that are still to come */
    int32_t acc = p->bias[0];

    for (int32_t first = 0; first < filters; first += ECGP_MATRIX_SUMS) {
        const int32_t more = filters - first;
        const int32_t count = more < ECGP_MATRIX_SUMS ? more : ECGP_MATRIX_SUMS;
        int32_t sums[ECGP_MATRIX_SUMS];

        w = ecgp_matrix_sums(w, x, x + 4 * words, words, sums, count);
#if ECGP_HELIUM
        int32_t done = 0; /* units that end among these filters */

        newest_of(p, first, count, limit, sums);
        for (int32_t k = 0; k < count; k++) {
            acc = step(f, p->memory, sums[k], acc);
            if (--left == 0) {
                sums[done++] = acc; /* what stood there is in the state */
                unit++;
                left = p->rank;
                acc = unit < p->units ? p->bias[unit] : 0;
            }
        }
        outputs_of(p, sums, done, output + unit - done);
#else
        for (int32_t k = 0; k < count; k++) {
            const int32_t scaled = ecgp_multiply(sums[k] + p->offsets[first + k], p->feature_multiplier, p->feature_shift);

            acc = step(f, p->memory, ecgp_clamp(scaled, -limit - 1, limit) + p->state_zero_point, acc);
            if (--left == 0) {
                const int32_t y = ecgp_multiply(acc, p->multiplier, p->shift) + p->zero_point;

                output[unit++] = (int8_t)ecgp_clamp(y, -128, 127);
                left = p->rank;
                acc = unit < p->units ? p->bias[unit] : 0;
            }
        }
#endif
    }
}

/** All input vectors. */
static void rows(const ecgp_svdf *p, filter *f, const int8_t *input, int8_t *output, int8_t *padded)
{
    const int16_t *const time16 = f->time16;
    const int8_t *const time8 = f->time8;

    ECGP_ASSERT(p->batches >= 1 && p->inputs >= 1 && p->units >= 1 && p->rank >= 1 && p->memory >= 1);
    ECGP_ASSERT(p->shift >= -31 && p->shift <= -1);
    for (int32_t b = 0; b < p->batches; b++) {
        row(p, f, ecgp_matrix_padded(input + b * p->inputs, p->inputs, padded), output + b * p->units);
        f->time16 = time16; /* all batches have the same weights, each has its own state */
        f->time8 = time8;
    }
}

void ecgp_svdf_s16(const ecgp_svdf_s16_params *p, const int8_t *input, int16_t *state, int8_t *output, void *scratch)
{
    filter f = {state, p->time, NULL, NULL};

    rows(&p->svdf, &f, input, output, scratch);
}

void ecgp_svdf_s8(const ecgp_svdf_s8_params *p, const int8_t *input, int8_t *state, int8_t *output, void *scratch)
{
    filter f = {NULL, NULL, state, p->time};

    rows(&p->svdf, &f, input, output, scratch);
}
