/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_setup.h
 * @brief Sets registers of clocks and pins from the lists of board.mk: ECGP_SETUP at reset, ECGP_UART_SETUP before a UART.
 */
#ifndef ECGP_SETUP_H
#define ECGP_SETUP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Numbers of a list's entry: address, bits to clear, bits to set, bits to wait for. Those left out are 0. */
#define ECGP_SETUP_FIELDS 4

/** Reads of a register before a bit counts as missing: at 100 MHz some 5 ms, and the slowest oscillator takes one. */
#define ECGP_SETUP_READS 0x10000u

/**
 * @brief Sets registers in order; after each it waits until the bits to wait for are set. Without bits to clear and to set,
 *        a register is only read. Where a bit does not come, the rest of the list is left out: no core is switched to a
 *        PLL that does not run, and an emulator without these registers goes on.
 *
 * @param list   entries
 * @param count  their number, 0 or more
 */
static inline void ecgp_setup(const uint32_t (*list)[ECGP_SETUP_FIELDS], uint32_t count)
{
    uint32_t reads = ECGP_SETUP_READS;
    for (uint32_t i = 0u; (i < count) && (reads != 0u); i++) {
        volatile uint32_t *const at = (volatile uint32_t *)(uintptr_t)list[i][0];
        const uint32_t cleared = list[i][1];
        const uint32_t set = list[i][2];
        const uint32_t awaited = list[i][3];
        if ((cleared | set) != 0u) {
            *at = (*at & ~cleared) | set;
        }
        reads = ECGP_SETUP_READS;
        while (((*at & awaited) != awaited) && (reads != 0u)) {
            reads--;
        }
    }
}

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SETUP_H */
