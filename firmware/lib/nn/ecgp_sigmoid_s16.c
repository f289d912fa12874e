/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_sigmoid_s16.c
 * @brief Inputs are brought to the steps of TFLM's table; see ecgp_interpolate.h.
 */
#include "ecgp_sigmoid_s16.h"

#include "ecgp_compiler.h"
#include "ecgp_interpolate.h"

#if ECGP_HELIUM

/** Four at a time. tanh: known at compile time. */
static inline void evaluate(const ecgp_sigmoid_s16_params *p, const int16_t *input, int16_t *output, int tanh)
{
    const uint16_t *const table = p->table;
    const int32_t multiplier = p->multiplier;
    const int32_t shift = -p->shift;

    for (int32_t left = p->size; left > 0; left -= 4) {
        const mve_pred16_t valid = vctp32q((uint32_t)left);
        const int32x4_t x = vrshlq_n_s32(vmulq_n_s32(vldrhq_z_s32(input, valid), multiplier), shift);

        vstrhq_p_s32(output, tanh ? ecgp_tanh_four(table, x) : ecgp_sigmoid_four(table, x), valid);
        input += 4;
        output += 4;
    }
}

#else

/** An input in steps of 1/12288. */
static inline int32_t scaled(const ecgp_sigmoid_s16_params *p, int32_t x)
{
    const int32_t half = (int32_t)((1u << p->shift) >> 1);

    return (x * p->multiplier + half) >> p->shift;
}

/** One after the other. tanh: known at compile time. */
static inline void evaluate(const ecgp_sigmoid_s16_params *p, const int16_t *input, int16_t *output, int tanh)
{
    for (int32_t i = 0; i < p->size; i++) {
        const int32_t x = scaled(p, input[i]);

        output[i] = (int16_t)(tanh ? ecgp_tanh(p->table, x) : ecgp_sigmoid(p->table, x));
    }
}

#endif

void ecgp_logistic_s16(const ecgp_sigmoid_s16_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->multiplier >= 0 && p->multiplier <= 32767 && p->shift >= 0 && p->shift <= 31);
    evaluate(p, input, output, 0);
}

void ecgp_tanh_s16(const ecgp_sigmoid_s16_params *p, const int16_t *input, int16_t *output)
{
    ECGP_ASSERT(p->multiplier >= 0 && p->multiplier <= 32767 && p->shift >= 0 && p->shift <= 31);
    evaluate(p, input, output, 1);
}
