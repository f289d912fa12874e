/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file counter.c
 * @brief Clock cycles of the core; see counter.h.
 *
 * DWT and DEMCR: ARMv7-M ARM (DDI 0403E), C1.6.5 and C1.8; ARMv8-M ARM (DDI 0553), D1.2. ARMv6-M and the baseline of
 * ARMv8-M have no CYCCNT, and may fault where a program reads what a debugger may. SysTick: ARMv7-M ARM B3.3, ARMv6-M
 * ARM B3.3; an nRF51 has none, and reads 0.
 */
#include "counter.h"

#include "ecgp_port.h"

#if defined(__arm__)

#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_CSR_INTERRUPT 2u

#if (__ARM_ARCH >= 7) && !defined(__ARM_ARCH_8M_BASE__)
#define DEMCR (*(volatile uint32_t *)0xE000EDFCu)
#define DEMCR_TRCENA (1u << 24)
#define DWT_CTRL (*(volatile uint32_t *)0xE0001000u)
#define DWT_CTRL_CYCCNTENA 1u
#define DWT_CTRL_NOCYCCNT (1u << 25)
#define DWT_CYCCNT (*(volatile uint32_t *)0xE0001004u)
#define DWT_LAR (*(volatile uint32_t *)0xE0001FB0u) /* a Cortex-M7's DWT may be locked */
#define DWT_LAR_KEY 0xC5ACCE55u
#endif

static counter_kind kind;
static volatile uint32_t wraps; /* of SysTick */

void SysTick_Handler(void);
void SysTick_Handler(void) { wraps++; }

uint32_t counter_read(void)
{
    uint32_t count = 0u;
#ifdef DWT_CYCCNT
    if (kind == COUNTER_DWT) {
        count = DWT_CYCCNT;
    }
#endif
    if (kind == COUNTER_SYSTICK) {
        uint32_t high;
        do { /* again where it wraps in between */
            high = wraps;
            /* It interrupts when it reaches 0, and begins anew with the cycle behind. */
            count = high * ECGP_PORT_TICKS_MODULO + ((ecgp_port_ticks() + 1u) & (ECGP_PORT_TICKS_MODULO - 1u));
        } while (high != wraps);
    }
    return count;
}

/** 18 instructions `times` times, each of which needs the one before it. */
__attribute__((noinline)) static void run(uint32_t times)
{
    uint32_t sum = times;
    __asm__ volatile(".syntax unified\n"
                     "1:\n\t"
                     ".rept 16\n\t"
                     "adds %0, %0, %1\n\t"
                     ".endr\n\t"
                     "subs %1, %1, #1\n\t"
                     "bne 1b"
                     : "+l"(sum), "+l"(times)
                     :
                     : "cc");
}

static counter_kind try_kind(counter_kind which)
{
    kind = which;
    const uint32_t start = counter_read();
    for (uint32_t i = 0u; i < 5000u; i++) { /* an emulator's cycle may last for many instructions */
        run(10u);
        if (counter_read() != start) {
            return which;
        }
    }
    return COUNTER_NONE;
}

counter_kind counter_init(void)
{
    counter_kind found = COUNTER_NONE;
    wraps = 0u;
#ifdef DWT_CYCCNT
    DEMCR |= DEMCR_TRCENA;
    DWT_LAR = DWT_LAR_KEY;
    if ((DWT_CTRL & DWT_CTRL_NOCYCCNT) == 0u) {
        DWT_CYCCNT = 0u;
        DWT_CTRL |= DWT_CTRL_CYCCNTENA;
        found = try_kind(COUNTER_DWT);
    }
#endif
    if (found == COUNTER_NONE) {
        SYST_CSR |= SYST_CSR_INTERRUPT; /* the port has started it, by the core's clock */
        found = try_kind(COUNTER_SYSTICK);
    }
    kind = found;
    return found;
}

uint32_t counter_probe(void)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0u; i < 16u; i++) {
        const uint32_t start = counter_read();
        run(COUNTER_PROBE_INSTRUCTIONS / 18u);
        const uint32_t cycles = counter_read() - start;
        least = (cycles < least) ? cycles : least;
    }
    return kind == COUNTER_NONE ? 0u : least;
}

#else

counter_kind counter_init(void) { return COUNTER_NONE; }

uint32_t counter_read(void) { return 0u; }

uint32_t counter_probe(void) { return 0u; }

#endif
