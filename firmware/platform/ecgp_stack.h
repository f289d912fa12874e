/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_stack.h
 * @brief Measures how deep the stack goes: it is painted at reset, and what is no longer painted was used.
 *
 * stack.c implements it for a Cortex-M with the stack of sections.ld; host.c for a machine whose stack is not measured.
 */
#ifndef ECGP_STACK_H
#define ECGP_STACK_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Paints the unused part of the stack. startup.c calls it once, before main(); not on the host. */
void ecgp_stack_paint(void);

/**
 * @brief The deepest use of the stack since it was painted.
 *
 * @return bytes, 0 to the stack's size; 0 on the host
 */
size_t ecgp_stack_used(void);

/**
 * @brief Whether the stack has reached its last word.
 *
 * @return true: what lies below it may be overwritten; always false on the host
 */
bool ecgp_stack_overflowed(void);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_STACK_H */
