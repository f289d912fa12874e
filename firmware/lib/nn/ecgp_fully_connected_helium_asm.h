/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_fully_connected_helium_asm.h
 * @brief Assembly of ecgp_fully_connected_helium.c, where ECGP_HELIUM is 1.
 *
 * What is inlined leaves r7, r9 and r11 to the compiler: frame pointers, and the register that a platform may reserve.
 */
#ifndef ECGP_FULLY_CONNECTED_HELIUM_ASM_H
#define ECGP_FULLY_CONNECTED_HELIUM_ASM_H

#include <arm_mve.h>
#include <stdint.h>

/* 16 inputs times the weights of four outputs. Five loads of two cycles each, and beside them four multiplications. */
#define ECGP_HELIUM_FOUR_WEIGHTS              \
    "vldrb.u8 q1, [%[w]], #16\n\t"            \
    "vmladava.s8 r0, q0, q1\n\t"              \
    "vldrb.u8 q2, [%[w]], #16\n\t"            \
    "vmladava.s8 r2, q0, q2\n\t"              \
    "vldrb.u8 q1, [%[w]], #16\n\t"            \
    "vmladava.s8 r4, q0, q1\n\t"              \
    "vldrb.u8 q2, [%[w]], #16\n\t"            \
    "vmladava.s8 r6, q0, q2\n\t"
/* The sums of four outputs, which are 0 first, with the chunk of lr inputs of which there may be less than 16 at last. */
#define ECGP_HELIUM_FOUR_SUMS(lr)             \
    "wls      lr, " lr ", 3f\n\t"             \
    ".p2align 2\n"                            \
    "2:\n\t"                                  \
    "vldrb.u8 q0, [%[x]], #16\n\t" ECGP_HELIUM_FOUR_WEIGHTS \
    "le       lr, 2b\n"                       \
    "3:\n\t"                                  \
    "dlstp.8  lr, %[tail]\n\t"                \
    "vldrb.u8 q0, [%[x]]\n\t"                 \
    "lctp\n\t" ECGP_HELIUM_FOUR_WEIGHTS       \
    "vmov     %q[sums][2], %q[sums][0], r0, r4\n\t"

/**
 * The sums of the products of inputs with four outputs' weights.
 *
 * @param x       inputs: `chunks` times 16, then `tail`, 1 to 16
 * @param stream  16 weights of each output, chunk after chunk; advanced
 */
static inline int32x4_t ecgp_helium_four_sums(const int8_t *x, const int32_t **stream, int32_t tail, int32_t chunks)
{
    register const int8_t *r1 __asm__("r1") = x;
    register const int32_t *r3 __asm__("r3") = *stream;
    register int32_t r8 __asm__("r8") = tail;
    register int32_t r10 __asm__("r10") = chunks;
    int32x4_t sums;

    __asm__ volatile("movs     r0, #0\n\t"
                     "movs     r2, #0\n\t"
                     "movs     r4, #0\n\t"
                     "movs     r6, #0\n\t"
                     ECGP_HELIUM_FOUR_SUMS("%[chunks]")
                     "vmov     %q[sums][3], %q[sums][1], r2, r6"
                     : [x] "+r"(r1), [w] "+r"(r3), [sums] "=&w"(sums)
                     : [tail] "r"(r8), [chunks] "r"(r10)
                     : "q0", "q1", "q2", "r0", "r2", "r4", "r6", "lr", "cc", "memory");
    *stream = r3;
    return sums;
}

/**
 * Outputs by four, with shifts to the right.
 *
 * @param x       see ecgp_helium_four_sums()
 * @param stream  weights of four outputs, biases, multipliers, powers of two; then the next four; advanced
 * @param fours   1 and more
 * @param zero    zero point, lowest and highest output
 * @param output  advanced
 */
static inline void ecgp_helium_fours(const int8_t *x, const int32_t **stream, int32_t tail, int32_t chunks, int32_t fours,
                                     int32x4_t zero, int32x4_t min, int32x4_t max, int8_t **output)
{
    register const int8_t *r1 __asm__("r1") = x;
    register const int32_t *r3 __asm__("r3") = *stream;
    register int32_t r8 __asm__("r8") = tail;
    register int32_t r10 __asm__("r10") = 16 * chunks;
    register int32_t r12 __asm__("r12") = fours;
    register int8_t *r5 __asm__("r5") = *output; /* narrowing stores know r0 to r7 only */
    int32x4_t sums;

    __asm__ volatile("movs     r0, #0\n\t"
                     "movs     r2, #0\n\t"
                     "movs     r4, #0\n\t"
                     "movs     r6, #0\n"
                     "1:\n\t"
                     "lsr      lr, %[bytes], #4\n\t"
                     ECGP_HELIUM_FOUR_SUMS("lr")
                     "vldrw.u32 q1, [%[w]], #16\n\t"
                     "vmov     %q[sums][3], %q[sums][1], r2, r6\n\t"
                     "vldrw.u32 q2, [%[w]], #16\n\t"
                     "vadd.i32 %q[sums], %q[sums], q1\n\t"
                     "vldrw.u32 q1, [%[w]], #16\n\t"
                     "vqrdmulh.s32 %q[sums], %q[sums], q2\n\t"
                     "movs     r0, #0\n\t"
                     "movs     r2, #0\n\t"
                     "vshr.s32 q0, %q[sums], #31\n\t"
                     "sub      %[x], %[x], %[bytes]\n\t"
                     "vadd.i32 %q[sums], %q[sums], q0\n\t"
                     "movs     r4, #0\n\t"
                     "movs     r6, #0\n\t"
                     "vqrdmulh.s32 %q[sums], %q[sums], q1\n\t"
                     "subs     %[fours], %[fours], #1\n\t"
                     "vadd.i32 %q[sums], %q[sums], %q[zero]\n\t"
                     "vmax.s32 %q[sums], %q[sums], %q[min]\n\t"
                     "vmin.s32 %q[sums], %q[sums], %q[max]\n\t"
                     "vstrb.32 %q[sums], [r5], #4\n\t"
                     "bne      1b"
                     : [x] "+r"(r1), [w] "+r"(r3), [fours] "+r"(r12), "+r"(r5), [sums] "=&w"(sums)
                     : [tail] "r"(r8), [bytes] "r"(r10), [zero] "w"(zero), [min] "w"(min), [max] "w"(max)
                     : "q0", "q1", "q2", "r0", "r2", "r4", "r6", "lr", "cc", "memory");
    *stream = r3;
    *output = r5;
}

#endif /* ECGP_FULLY_CONNECTED_HELIUM_ASM_H */
