/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file stack.c
 * @brief Stack painting on a Cortex-M; see ecgp_stack.h.
 */
#include "ecgp_stack.h"

#include <stdint.h>

/** A word that programs hardly ever write. */
#define PAINT 0xC5C5C5C5u

/* Places that sections.ld defines; only their addresses mean anything. */
extern uint32_t ecgp_stack_limit[];
extern uint32_t ecgp_stack_top[];

/** Address of the last word pushed. */
static uintptr_t stack_pointer(void)
{
    uintptr_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}

void ecgp_stack_paint(void)
{
    const uintptr_t end = stack_pointer();
    uintptr_t at;

    for (at = (uintptr_t)ecgp_stack_limit; at < end; at += sizeof(uint32_t)) {
        *(volatile uint32_t *)at = PAINT;
    }
}

size_t ecgp_stack_used(void)
{
    uintptr_t at = (uintptr_t)ecgp_stack_limit;

    while (at < (uintptr_t)ecgp_stack_top && *(const volatile uint32_t *)at == PAINT) {
        at += sizeof(uint32_t);
    }
    return (uintptr_t)ecgp_stack_top - at;
}

bool ecgp_stack_overflowed(void) { return *(const volatile uint32_t *)ecgp_stack_limit != PAINT; }
