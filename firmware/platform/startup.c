/**
 * @file startup.c
 * @brief Vector table, reset and fault handlers of every Cortex-M board.
 *
 * The core's own features (FPU, Helium) come from the compiler's predefined macros, so no board is named here.
 */
#include <stddef.h>
#include <stdint.h>

#include "ecgp_port.h"

/** What the stack is filled with before main(), to see later how deep it went. */
#define STACK_PAINT 0xC5C5C5C5u

/* Places that platform/sections.ld defines; only their addresses mean anything. */
extern uint32_t ecgp_stack_limit[], ecgp_stack_top[];
extern uint32_t ecgp_data_start[], ecgp_data_end[], ecgp_bss_start[], ecgp_bss_end[];
extern const uint32_t ecgp_data_load[];

typedef void (*handler)(void);

void Reset_Handler(void);
void HardFault_Handler(void);
void ecgp_fault(const uint32_t *frame);

static const struct {
    uint32_t *stack_top;
    handler handlers[15];
} vectors __attribute__((section(".vectors"), used)) = {
    ecgp_stack_top,
    {
        Reset_Handler, HardFault_Handler /* NMI */, HardFault_Handler,
        HardFault_Handler /* MemManage */, HardFault_Handler /* BusFault */, HardFault_Handler /* UsageFault */,
        HardFault_Handler /* SecureFault */, NULL, NULL, NULL,
        HardFault_Handler /* SVCall */, HardFault_Handler /* DebugMonitor */, NULL,
        HardFault_Handler /* PendSV */, HardFault_Handler /* SysTick */
    }};

static void enable_coprocessors(void)
{
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    volatile uint32_t *const cpacr = (volatile uint32_t *)0xE000ED88u; /* ARMv7-M ARM, B3.2.20 */
    *cpacr |= 0xFu << 20;                                              /* CP10 and CP11: full access */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
}

static void fill(uintptr_t from, uintptr_t to, uint32_t value)
{
    for (uintptr_t at = from; at < to; at += sizeof value) {
        *(volatile uint32_t *)at = value;
    }
}

static uintptr_t stack_pointer(void)
{
    uintptr_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}

size_t ecgp_port_stack_used(void)
{
    uintptr_t at = (uintptr_t)ecgp_stack_limit;
    while (at < (uintptr_t)ecgp_stack_top && *(const volatile uint32_t *)at == STACK_PAINT) {
        at += sizeof(uint32_t);
    }
    return (uintptr_t)ecgp_stack_top - at;
}

int ecgp_port_stack_overflowed(void) { return *(const volatile uint32_t *)ecgp_stack_limit != STACK_PAINT; }

void Reset_Handler(void)
{
    enable_coprocessors();
    fill((uintptr_t)ecgp_stack_limit, stack_pointer(), STACK_PAINT);
    fill((uintptr_t)ecgp_bss_start, (uintptr_t)ecgp_bss_end, 0u);
    const uint32_t *from = ecgp_data_load;
    for (uintptr_t to = (uintptr_t)ecgp_data_start; to < (uintptr_t)ecgp_data_end; to += sizeof(uint32_t)) {
        *(volatile uint32_t *)to = *from++;
    }
#ifdef ECGP_CONSTRUCTORS /* C++ only (TFLM): C has no constructors */
    extern const handler ecgp_init_array_start[], ecgp_init_array_end[];
    for (const handler *constructor = ecgp_init_array_start; constructor < ecgp_init_array_end; constructor++) {
        (*constructor)();
    }
#endif
    ecgp_port_start();
}

/** Every fault ends here: on a fresh stack, because the old one may be the reason. */
__attribute__((naked)) void HardFault_Handler(void)
{
    __asm__ volatile("mov r0, sp\n\t"
                     "ldr r1, =ecgp_stack_top\n\t"
                     "mov sp, r1\n\t"
                     "ldr r1, =ecgp_fault\n\t"
                     "bx  r1\n\t"
                     ".ltorg");
}

/** @param frame  the stack pointer at the fault; ARMv7-M pushes r0-r3, r12, lr, pc, xPSR there. */
__attribute__((used)) void ecgp_fault(const uint32_t *frame)
{
    static const char digits[] = "0123456789abcdef";
    const uintptr_t at = (uintptr_t)frame;
    if (at < (uintptr_t)ecgp_stack_limit || at + 8u * sizeof *frame > (uintptr_t)ecgp_stack_top) {
        ecgp_port_print("ECGP error: hard fault: the stack overflowed\n");
    } else {
        char text[] = "ECGP error: hard fault at 0x00000000\n";
        for (uint32_t i = 0; i < 8u; i++) {
            text[sizeof text - 3u - i] = digits[(frame[6] >> (4u * i)) & 15u];
        }
        ecgp_port_print(text);
    }
    ecgp_port_exit(ECGP_PORT_EXIT_FAULT);
}
