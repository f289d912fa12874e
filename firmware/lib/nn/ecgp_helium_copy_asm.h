/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_copy_asm.h
 * @brief Assembly that fills and copies bytes on Helium (MVE), where ECGP_HELIUM is 1.
 *
 * What is inlined leaves r7, r9 and r11 to the compiler: frame pointers, and the register that a platform may reserve.
 */
#ifndef ECGP_HELIUM_COPY_ASM_H
#define ECGP_HELIUM_COPY_ASM_H

#include <stdint.h>

/** Sets `count` bytes, 0 and more. */
static inline void ecgp_helium_fill(int8_t *to, int32_t value, int32_t count)
{
    __asm__ volatile("vdup.8   q0, %[value]\n\t"
                     "wlstp.8  lr, %[count], 2f\n"
                     "1:\n\t"
                     "vstrb.8  q0, [%[to]], #16\n\t"
                     "letp     lr, 1b\n"
                     "2:"
                     : [to] "+r"(to)
                     : [count] "r"(count), [value] "r"(value)
                     : "q0", "lr", "memory");
}

/** Copies `rows` rows of `count` bytes, both 1 and more; rows lie `pitch` bytes apart, their copies `step`. */
static inline void ecgp_helium_copy_rows(int8_t *to, int32_t step, const int8_t *from, int32_t pitch, int32_t count,
                                         int32_t rows)
{
    const int8_t *x;
    int8_t *y;

    if (count <= 16) { /* a vector a row: DLSTP makes loads and stores end with it, LCTP ends that */
        __asm__ volatile("dlstp.8  lr, %[count]\n"
                         "1:\n\t"
                         "vldrb.u8 q0, [%[from]]\n\t"
                         "subs     %[rows], %[rows], #1\n\t"
                         "add      %[from], %[from], %[pitch]\n\t"
                         "vstrb.8  q0, [%[to]]\n\t"
                         "add      %[to], %[to], %[step]\n\t"
                         "bne      1b\n\t"
                         "lctp"
                         : [to] "+r"(to), [from] "+r"(from), [rows] "+r"(rows)
                         : [step] "r"(step), [pitch] "r"(pitch), [count] "r"(count)
                         : "q0", "lr", "cc", "memory");
        return;
    }
    __asm__ volatile("1:\n\t"
                     "mov      %[x], %[from]\n\t"
                     "mov      %[y], %[to]\n\t"
                     "add      %[from], %[from], %[pitch]\n\t"
                     "add      %[to], %[to], %[step]\n\t"
                     "dlstp.8  lr, %[count]\n"
                     "2:\n\t"
                     "vldrb.u8 q0, [%[x]], #16\n\t"
                     "vstrb.8  q0, [%[y]], #16\n\t"
                     "letp     lr, 2b\n\t"
                     "subs     %[rows], %[rows], #1\n\t"
                     "bne      1b"
                     : [to] "+r"(to), [from] "+r"(from), [rows] "+r"(rows), [x] "=&r"(x), [y] "=&r"(y)
                     : [step] "r"(step), [pitch] "r"(pitch), [count] "r"(count)
                     : "q0", "lr", "cc", "memory");
}

#endif /* ECGP_HELIUM_COPY_ASM_H */
