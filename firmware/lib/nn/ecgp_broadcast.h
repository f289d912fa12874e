/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_broadcast.h
 * @brief How two operands a and b of different shapes are read side by side.
 */
#ifndef ECGP_BROADCAST_H
#define ECGP_BROADCAST_H

#include <stdint.h>

/** Three nested loops over the output, and how far each operand moves in them. */
typedef struct {
    int32_t outer;             /**< turns of the outer loop, 1 and more */
    int32_t a_outer;           /**< elements that a moves in it; 0: a is broadcast */
    int32_t b_outer;           /**< elements that b moves in it; 0: b is broadcast */
    int32_t middle;            /**< turns of the middle loop, 1 and more */
    int32_t a_middle;          /**< elements that a moves in it; 0: a is broadcast */
    int32_t b_middle;          /**< elements that b moves in it; 0: b is broadcast */
    int32_t inner;             /**< turns of the inner loop, 1 and more */
    int32_t a_inner;           /**< elements that a moves in it: 1, or 0: a is broadcast */
    int32_t b_inner;           /**< elements that b moves in it: 1, or 0: b is broadcast */
} ecgp_broadcast;

#endif /* ECGP_BROADCAST_H */
