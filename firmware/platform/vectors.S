/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vector table of every Cortex-M board: the 15 system exceptions, then ECGP_INTERRUPTS interrupts (board.mk).
 *
 * Every entry but Reset_Handler is weak and stands for Default_Handler until the program defines a function of that
 * name: the exceptions by their CMSIS names, interrupt number N as IRQN_Handler.
 *
 *     void SysTick_Handler(void) { ... }
 *     #define UART0_Handler IRQ0_Handler      the board's name for its interrupt 0
 *     void UART0_Handler(void) { ... }
 *
 * An assembly file, because C has no loop over names, and link-time optimization must not drop a handler that only this
 * table refers to. A core without an exception (Cortex-M0: MemManage, ...) never takes its entry.
 */
#ifndef ECGP_INTERRUPTS
#define ECGP_INTERRUPTS 0
#endif

    .syntax unified
    .thumb

/* Calls ecgp_fault(stack pointer, exception number): on a fresh stack where the old one may be the reason, else on top
   of what the core pushed, which it reads. */
#define ROOM 256 /* bytes of stack that ecgp_fault() has at least */

    .section .text.Default_Handler, "ax", %progbits
    .align 2
    .thumb_func
    .global Default_Handler
    .type Default_Handler, %function
Default_Handler:
    mov r0, sp
    mrs r1, ipsr
    ldr r2, =ecgp_stack_limit + ROOM
    cmp r0, r2
    blo 1f
    ldr r2, =ecgp_stack_top
    cmp r0, r2
    bls 2f
1:  ldr r2, =ecgp_stack_top
    mov sp, r2
2:  ldr r2, =ecgp_fault
    bx r2
    .ltorg
    .size Default_Handler, . - Default_Handler

    .section .vectors, "a", %progbits

    .macro weak_entry handler
    .weak \handler
    .thumb_set \handler, Default_Handler
    .word \handler
    .endm

    .macro interrupt_entry number
    weak_entry IRQ\number\()_Handler
    .endm

    .align 2
    .global ecgp_vectors
    .type ecgp_vectors, %object
ecgp_vectors:
    .word ecgp_stack_top
    .word Reset_Handler
    weak_entry NMI_Handler
    weak_entry HardFault_Handler
    weak_entry MemManage_Handler
    weak_entry BusFault_Handler
    weak_entry UsageFault_Handler
    weak_entry SecureFault_Handler
    .word 0
    .word 0
    .word 0
    weak_entry SVC_Handler
    weak_entry DebugMon_Handler
    .word 0
    weak_entry PendSV_Handler
    weak_entry SysTick_Handler

    .altmacro
    .set interrupt, 0
    .rept ECGP_INTERRUPTS
    interrupt_entry %interrupt
    .set interrupt, interrupt + 1
    .endr
    .size ecgp_vectors, . - ecgp_vectors
