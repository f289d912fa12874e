/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_svdf_helium_asm.h
 * @brief Assembly of ecgp_svdf.c for cores with Helium (MVE), where ECGP_HELIUM is 1.
 *
 * Each turn loads 16 bytes one element ahead of where it stores them, so what it overwrites has been loaded before.
 */
#ifndef ECGP_SVDF_HELIUM_ASM_H
#define ECGP_SVDF_HELIUM_ASM_H

#include <stdint.h>

#define ECGP_SVDF_MOVE(bits, load, store)                                                \
    __asm__ volatile("wlstp." bits "    lr, %[count], 2f\n"                              \
                     "1:\n\t" load " q0, [%[from]], #16\n\t" store " q0, [%[to]], #16\n\t" \
                     load " q1, [%[w]], #16\n\t"                                         \
                     "vmladava.s" bits " %[acc], q0, q1\n\t"                             \
                     "letp        lr, 1b\n"                                              \
                     "2:"                                                                \
                     : [from] "+r"(from), [to] "+r"(to), [w] "+r"(w), [acc] "+Te"(acc)   \
                     : [count] "r"(count)                                                \
                     : "q0", "q1", "lr", "cc", "memory")

/** Moves `count` elements, 0 and more, one place to the front, and adds their products with w to acc. */
static inline int32_t ecgp_svdf_move_s16(int16_t *to, const int16_t *w, int32_t count, int32_t acc)
{
    const int16_t *from = to + 1;

    ECGP_SVDF_MOVE("16", "vldrh.u16", "vstrh.16");
    return acc;
}

/** The same for int8. */
static inline int32_t ecgp_svdf_move_s8(int8_t *to, const int8_t *w, int32_t count, int32_t acc)
{
    const int8_t *from = to + 1;

    ECGP_SVDF_MOVE("8", "vldrb.u8", "vstrb.8");
    return acc;
}

#endif /* ECGP_SVDF_HELIUM_ASM_H */
