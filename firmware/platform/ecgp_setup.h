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

/**
 * Numbers of a list's entry: address, bits to clear, bits to set, bits to wait for, bytes of the register (1, 2 or 4).
 * Those left out are 0, and 0 bytes are 4. An entry with address 0 is a pause: its third number counts, each at least one
 * clock cycle.
 */
#define ECGP_SETUP_FIELDS 5

/** Reads of a register before a bit counts as missing: at 100 MHz some 5 ms, and the slowest oscillator takes one. */
#define ECGP_SETUP_READS 0x10000u

/** Reads a register of 1, 2 or (any other number) 4 bytes. */
static inline uint32_t ecgp_setup_read(uintptr_t at, uint32_t bytes)
{
    uint32_t value;
    if (bytes == 1u) {
        value = *(const volatile uint8_t *)at;
    } else if (bytes == 2u) {
        value = *(const volatile uint16_t *)at;
    } else {
        value = *(const volatile uint32_t *)at;
    }
    return value;
}

/** Writes a register of 1, 2 or (any other number) 4 bytes. */
static inline void ecgp_setup_write(uintptr_t at, uint32_t value, uint32_t bytes)
{
    if (bytes == 1u) {
        *(volatile uint8_t *)at = (uint8_t)value;
    } else if (bytes == 2u) {
        *(volatile uint16_t *)at = (uint16_t)value;
    } else {
        *(volatile uint32_t *)at = value;
    }
}

/** Lets at least that many clock cycles pass. */
static inline void ecgp_setup_pause(uint32_t cycles)
{
    for (volatile uint32_t left = cycles; left != 0u; left--) {
    }
}

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
        const uintptr_t at = (uintptr_t)list[i][0];
        const uint32_t cleared = list[i][1];
        const uint32_t set = list[i][2];
        const uint32_t awaited = list[i][3];
        const uint32_t bytes = list[i][4];
        if (at == 0u) {
            ecgp_setup_pause(set);
        } else {
            if ((cleared | set) != 0u) {
                ecgp_setup_write(at, (ecgp_setup_read(at, bytes) & ~cleared) | set, bytes);
            }
            reads = ECGP_SETUP_READS;
            while (((ecgp_setup_read(at, bytes) & awaited) != awaited) && (reads != 0u)) {
                reads--;
            }
        }
    }
}

#ifdef __cplusplus
}
#endif

#endif /* ECGP_SETUP_H */
