/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file main.c
 * @brief Invokes a model of many kernels and prints a hash of every operator's output; see tests/support/kernel_matrix.py.
 *
 * On a Cortex-M it needs neither a C library nor firmware/platform, so that flags under test reach all of the image.
 * MATRIX_TRAP: unaligned accesses fault.
 */
#include <stddef.h>
#include <stdint.h>

#include "ecgp_model.h"
#include "ecgp_trace.h"

static _Alignas(16) uint8_t arena[ECGP_MODEL_ARENA_BYTES];
static ecgp_model_t model;

#ifdef MATRIX_HOST

#include <stdio.h>

static void print(const char *text)
{
    (void)fputs(text, stdout);
}

#else

void Reset_Handler(void);
void fault(void);
void start(void);
int main(void);

extern uint32_t matrix_stack_top[], matrix_data_start[], matrix_data_end[], matrix_bss_start[], matrix_bss_end[];
extern const uint32_t matrix_data_load[];

static int32_t semihost(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

static void print(const char *text)
{
    (void)semihost(4u, text); /* SYS_WRITE0 */
}

static void leave(uint32_t status)
{
    const uint32_t report[2] = {0x20026u, status}; /* ADP_Stopped_ApplicationExit */

    (void)semihost(0x20u, report); /* SYS_EXIT_EXTENDED */
    for (;;) {
    }
}

void fault(void)
{
    print("fault\n");
    leave(2u);
}

static const struct {
    uint32_t *stack_top;
    void (*handlers[15])(void);
} vectors __attribute__((section(".vectors"), used)) = {matrix_stack_top, {Reset_Handler, fault, fault, fault, fault, fault}};

/* r9: the offset table's address for -msingle-pic-base, and a value to find again for -ffixed-r9. */
__attribute__((naked, used)) void Reset_Handler(void)
{
    __asm__("ldr r0, 2f\n"
            "1:\n\t"
            "add r0, pc\n\t"
            "mov r9, r0\n\t"
            "ldr r0, =start\n\t"
            "bx  r0\n\t"
            ".balign 4\n"
            "2:\n\t"
            ".word _GLOBAL_OFFSET_TABLE_ - (1b + 4)\n\t"
            ".ltorg");
}

/* No C library: newlib's memcpy loads unaligned words. volatile: or compilers make these loops calls to themselves. */
static void copy(volatile uint8_t *to, const uint8_t *from, size_t count)
{
    while (count-- != 0u) {
        *to++ = *from++;
    }
}

static void fill(volatile uint8_t *to, int value, size_t count)
{
    while (count-- != 0u) {
        *to++ = (uint8_t)value;
    }
}

void *memcpy(void *to, const void *from, size_t count)
{
    copy(to, from, count);
    return to;
}

void *memset(void *to, int value, size_t count)
{
    fill(to, value, count);
    return to;
}

/* What clang calls instead, for any, word and double word alignment (Arm's RTABI, 4.3.4). */
#define ALIGNED(n)                                                          \
    void __aeabi_memcpy##n(void *to, const void *from, size_t count);       \
    void __aeabi_memset##n(void *to, size_t count, int value);              \
    void __aeabi_memclr##n(void *to, size_t count);                         \
    void __aeabi_memcpy##n(void *to, const void *from, size_t count) { copy(to, from, count); } \
    void __aeabi_memset##n(void *to, size_t count, int value) { fill(to, value, count); }       \
    void __aeabi_memclr##n(void *to, size_t count) { fill(to, 0, count); }

ALIGNED()
ALIGNED(4)
ALIGNED(8)

__attribute__((used)) void start(void)
{
    const uint32_t *from = matrix_data_load;

    for (volatile uint32_t *to = matrix_data_start; to != matrix_data_end; to++) {
        *to = *from++;
    }
    for (volatile uint32_t *to = matrix_bss_start; to != matrix_bss_end; to++) {
        *to = 0u;
    }
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: CP10 and CP11 */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
#ifdef MATRIX_TRAP
    *(volatile uint32_t *)0xE000ED14u |= 1u << 3; /* CCR.UNALIGN_TRP */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    leave(main() == 0 ? 0u : 1u);
}

#endif

static void print_hex(uint32_t value)
{
    static const char digits[] = "0123456789abcdef";
    char text[10];

    for (int i = 0; i < 8; i++) {
        text[i] = digits[(value >> (28 - 4 * i)) & 15u];
    }
    text[8] = '\n';
    text[9] = '\0';
    print(text);
}

/* FNV-1a of an operator's output. */
void ecgp_trace(int op, int tensor, const void *data, size_t bytes)
{
    const uint8_t *byte = data;
    uint32_t hash = 2166136261u;

    (void)op;
    (void)tensor;
    for (; bytes != 0u; bytes--) {
        hash = (hash ^ *byte++) * 16777619u;
    }
    print_hex(hash);
}

int main(void)
{
    uint32_t state = 1u;
    int8_t *input;

    if (ecgp_model_init(&model, arena, sizeof arena) != ECGP_OK) {
        return 1;
    }
    input = ecgp_model_input(&model, 0);
    for (size_t i = 0; i < ECGP_MODEL_INPUT_BYTES(0); i++) {
        state = state * 1664525u + 1013904223u;
        input[i] = (int8_t)(uint8_t)(state >> 24);
    }
    return ecgp_model_invoke(&model) == ECGP_OK ? 0 : 1;
}
