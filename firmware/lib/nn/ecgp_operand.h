/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_operand.h
 * @brief A factor below 1/2 that rounds twice, in three instructions a value: for ADD, SUB and the like.
 *
 * The same bits as ecgp_multiply() for shifts -31 to -1: the upper word of (2 * value) * multiplier + 2^31 is the product
 * rounded half up, and after -1 where that is negative, rounding half up is rounding ties away from zero. (For a product
 * of 0 it makes no difference.) SMMLSR with -2^(32 - right) shifts, rounds half up and adds.
 */
#ifndef ECGP_OPERAND_H
#define ECGP_OPERAND_H

#include <stdint.h>

#include "ecgp_compiler.h"

/** The factor. */
typedef struct {
    int32_t multiplier; /**< 0 to 2^31 - 1; -2^31 for minus 1/2 */
    int32_t right;      /**< 1 to 31; with DSP -2^(32 - right) */
} ecgp_factor;

/** multiplier * 2^(shift - 31). shift: -31 to -1. */
static inline ecgp_factor ecgp_factor_of(int32_t multiplier, int32_t shift)
{
    ECGP_ASSERT(shift >= -31 && shift <= -1);
#if ECGP_DSP
    const ecgp_factor found = {multiplier, (int32_t)(0u - (1u << (32 + shift)))};
#else
    const ecgp_factor found = {multiplier, -shift};
#endif

    return found;
}

/**
 * The factor of an operand: at most 1/2. What is exactly 1/2 becomes minus 1/2, half of -2^31 * 2^-31, as the right shift
 * must not be 0: ecgp_operand_sign() says so.
 */
static inline ecgp_factor ecgp_operand_factor(int32_t multiplier, int32_t shift)
{
    ECGP_ASSERT(shift < 0 || multiplier == (1 << 30));
    return shift == 0 ? ecgp_factor_of(INT32_MIN, -1) : ecgp_factor_of(multiplier, shift);
}

/** -1 where ecgp_operand_factor() is minus the factor, otherwise 1. */
static inline int32_t ecgp_operand_sign(int32_t shift)
{
    return shift == 0 ? -1 : 1;
}

/** product / 2^right, rounded half up, plus addend. */
static inline int32_t ecgp_shifted(const ecgp_factor *f, int32_t product, int32_t addend)
{
#if ECGP_DSP
    return ecgp_smmlsr(product, f->right, addend);
#else
    return ((product + (int32_t)(1u << (f->right - 1))) >> f->right) + addend;
#endif
}

/** doubled / 2 times the factor, plus addend. */
static inline int32_t ecgp_factored(const ecgp_factor *f, int32_t doubled, int32_t addend)
{
    return ecgp_shifted(f, ecgp_smmulr(doubled, f->multiplier) - (int32_t)((uint32_t)doubled >> 31), addend);
}

#endif /* ECGP_OPERAND_H */
