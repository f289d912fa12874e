/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file startup.c
 * @brief From reset to main(), and what happens at a fault; the vector table is vectors.S.
 *
 * The core's own features (FPU, Helium) come from the compiler's predefined macros, so no board is named here.
 */
#include <stddef.h>
#include <stdint.h>

#include "ecgp_port.h"
#include "ecgp_setup.h"
#include "ecgp_stack.h"

#define HARD_FAULT 3u /* exception number, ARMv7-M ARM B1.5.2 */

/* Places that sections.ld defines; only their addresses mean anything. */
extern uint32_t ecgp_stack_limit[], ecgp_stack_top[];
extern uint32_t ecgp_data_start[], ecgp_data_end[], ecgp_bss_start[], ecgp_bss_end[];
extern const uint32_t ecgp_data_load[];

int main(int argc, char **argv);

/** @brief Entry point: vectors.S. */
__attribute__((noreturn)) void Reset_Handler(void);

/**
 * @brief Reports an exception that nothing handles, and ends the program with ECGP_PORT_EXIT_FAULT: vectors.S. Weak.
 *
 * @param frame   the stack pointer at the exception: the core pushed r0-r3, r12, lr, pc, xPSR there
 * @param number  the exception's, 2 to 15 of the system, 16 + N for interrupt N
 */
__attribute__((noreturn, used, weak)) void ecgp_fault(const uint32_t *frame, uint32_t number);

static void enable_coprocessors(void)
{
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    volatile uint32_t *const cpacr = (volatile uint32_t *)0xE000ED88u; /* ARMv7-M ARM, B3.2.20 */
    *cpacr |= 0xFu << 20;                                              /* CP10 and CP11: full access */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
}

/** The board's clocks, and the vector table's address where a boot loader left another: ECGP_SETUP of board.mk. */
static void set_board_up(void)
{
#ifdef ECGP_SETUP
    static const uint32_t setup[][ECGP_SETUP_FIELDS] = {ECGP_SETUP};
    ecgp_setup(setup, (uint32_t)(sizeof(setup) / sizeof(setup[0])));
#endif
}

/** Copies .data from flash and clears .bss, by words: sections.ld aligns both. */
static void initialize_memory(void)
{
    const uint32_t *from = ecgp_data_load;
    uintptr_t to;

    for (to = (uintptr_t)ecgp_bss_start; to < (uintptr_t)ecgp_bss_end; to += sizeof(uint32_t)) {
        *(volatile uint32_t *)to = 0u;
    }
    for (to = (uintptr_t)ecgp_data_start; to < (uintptr_t)ecgp_data_end; to += sizeof(uint32_t)) {
        *(volatile uint32_t *)to = *from++;
    }
}

/** Runs main() and ends the program with what it returns. */
__attribute__((noinline, noreturn)) static void run_main(void)
{
    char **argv;
    const int argc = ecgp_port_start(&argv);
    int status = main(argc, argv);

    if (ecgp_stack_overflowed()) { /* where writes below RAM do not fault: AN385, AN386 */
        ecgp_port_print("ECGP error: the stack overflowed\n");
        status = ECGP_PORT_EXIT_FAULT;
    }
    ecgp_port_exit(status);
}

void Reset_Handler(void)
{
    enable_coprocessors();
    set_board_up();
    ecgp_stack_paint();
    initialize_memory();
#ifdef ECGP_CONSTRUCTORS /* C++ only (TFLM): C has no constructors */
    typedef void (*constructor)(void);
    extern const constructor ecgp_init_array_start[], ecgp_init_array_end[];
    for (const constructor *one = ecgp_init_array_start; one < ecgp_init_array_end; one++) {
        (*one)();
    }
#endif
    run_main();
}

void ecgp_fault(const uint32_t *frame, uint32_t number)
{
    static const char digits[] = "0123456789abcdef";
    const uintptr_t at = (uintptr_t)frame;
    char text[] = " at 0x00000000\n";
    char name[] = "exception 000";
    uint32_t i;

    name[sizeof name - 4u] = digits[number / 100u % 10u];
    name[sizeof name - 3u] = digits[number / 10u % 10u];
    name[sizeof name - 2u] = digits[number % 10u];
    ecgp_port_print("ECGP error: ");
    ecgp_port_print(number == HARD_FAULT ? "hard fault" : name);
    if (at < (uintptr_t)ecgp_stack_limit || at + 8u * sizeof *frame > (uintptr_t)ecgp_stack_top) {
        ecgp_port_print(": the stack overflowed\n");
    } else {
        for (i = 0u; i < 8u; i++) {
            text[sizeof text - 3u - i] = digits[(frame[6] >> (4u * i)) & 15u];
        }
        ecgp_port_print(text);
    }
    ecgp_port_exit(ECGP_PORT_EXIT_FAULT);
}
