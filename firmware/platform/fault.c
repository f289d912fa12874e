/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file fault.c
 * @brief What happens when nothing goes on: the place goes over the UART, and the device starts anew.
 *
 * ecgp_fault() takes the place of the one in startup.c, which talks to a debugger.
 */
#include "fault.h"

#include "ecgp_port.h"
#include "link.h"

#if defined(__arm__)

/* Configurable Fault Status, HardFault Status, MemManage and BusFault Address: ARMv7-M ARM B3.2.15 to B3.2.18. A
   Cortex-M0 has none of them, and reads 0 there. */
#define CFSR (*(volatile uint32_t *)0xE000ED28u)
#define MMFAR (*(volatile uint32_t *)0xE000ED34u)
#define BFAR (*(volatile uint32_t *)0xE000ED38u)
#define MMFAR_VALID (1u << 7)
#define BFAR_VALID (1u << 15)

extern uint32_t ecgp_stack_limit[], ecgp_stack_top[];

__attribute__((noreturn, used)) void ecgp_fault(const uint32_t *frame, uint32_t number);

void ecgp_fault(const uint32_t *frame, uint32_t number)
{
    const uintptr_t sp = (uintptr_t)frame;
    const bool known = sp >= (uintptr_t)ecgp_stack_limit && sp + 32u <= (uintptr_t)ecgp_stack_top;
#if defined(__ARM_ARCH_6M__)
    const uint32_t cfsr = 0u, address = 0u;
#else
    const uint32_t cfsr = CFSR;
    const uint32_t address = (cfsr & BFAR_VALID) != 0u ? BFAR : (cfsr & MMFAR_VALID) != 0u ? MMFAR : 0u;
#endif
    fault_report(known ? number : FAULT_STACK, known ? frame[6] : 0u, known ? frame[5] : 0u, cfsr, address, (uint32_t)sp);
}

#endif

void fault_report(uint32_t number, uint32_t pc, uint32_t lr, uint32_t cfsr, uint32_t address, uint32_t sp)
{
    const uint32_t values[6] = {number, pc, lr, cfsr, address, sp};
    uint8_t data[sizeof values], *to = data;
    for (uint32_t i = 0u; i < 6u; i++) {
        to = link_put32(to, values[i]);
    }
    link_send(LINK_FAULT, 0u, data, sizeof data, true);
    ecgp_port_exit(ECGP_PORT_EXIT_FAULT);
}
