/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_operand.h
 * @brief A factor of a real number that rounds twice, in six instructions a value: for operands of SUB and the like.
 *
 * The same bits as ecgp_multiply() for shifts -31 to 0: the upper word of (2 * value) * multiplier + 2^31 is the product
 * rounded half up, and after -1 where that is negative, rounding half up is rounding ties away from zero.
 */
#ifndef ECGP_OPERAND_H
#define ECGP_OPERAND_H

#include <stdint.h>

#include "ecgp_compiler.h"

/** The factor. */
typedef struct {
    int32_t multiplier; /**< 0 to 2^31 - 1 */
    int32_t right;      /**< 0 to 31 */
    int32_t half;       /**< half of 2^right, 0 for right = 0: nothing is rounded then */
    int32_t ties;       /**< -1, 0 for right = 0 */
} ecgp_operand;

/** multiplier * 2^(shift - 31). */
static inline ecgp_operand ecgp_operand_of(int32_t multiplier, int32_t shift)
{
    const int32_t right = -shift;
    const ecgp_operand found = {multiplier, right, right > 0 ? (int32_t)(1u << (right - 1)) : 0, right > 0 ? -1 : 0};

    ECGP_ASSERT(multiplier >= 0 && right >= 0 && right <= 31);
    return found;
}

/** doubled / 2 times the factor; |doubled| < 2^30. */
static inline int32_t ecgp_operand_scaled(const ecgp_operand *f, int32_t doubled)
{
    const int32_t value = ecgp_smmulr(doubled, f->multiplier);

    ECGP_ASSERT(doubled > -(1 << 30) && doubled < (1 << 30));
    /* cppcheck-suppress shiftTooManyBitsSigned ; arithmetic, as every other >> of a negative number here */
    return (value + (f->ties & (value >> 31)) + f->half) >> f->right;
}

#endif /* ECGP_OPERAND_H */
