/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file fault.h
 * @brief Tells over the UART where the processor stopped, and starts the device anew.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FAULT_STACK 0u /**< in place of an exception's number: the stack overflowed */

/**
 * @brief Sends LINK_FAULT, and resets.
 *
 * @param number   the exception's number (3: hard fault), or FAULT_STACK
 * @param pc       address of the instruction
 * @param lr       where its function would have returned to
 * @param cfsr     the Configurable Fault Status Register; 0 on a Cortex-M0
 * @param address  that was accessed in vain; 0: unknown
 * @param sp       the stack pointer
 */
__attribute__((noreturn)) void fault_report(uint32_t number, uint32_t pc, uint32_t lr, uint32_t cfsr, uint32_t address,
                                            uint32_t sp);

#ifdef __cplusplus
}
#endif

#endif /* FAULT_H */
