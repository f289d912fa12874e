/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_dense_asm.h
 * @brief Assembly of ecgp_helium_dense.h, where ECGP_HELIUM is 1.
 *
 * r0, r2, ... r10: the sums of a pair of channels; r1, r3, r5: inputs; r7: the stream; r11: the tile, from x[1] on;
 * r12: the three fields that are read; lr: chunks left. q0 to q2: inputs, q3 and q4: weights, q5 to q7: four channels of
 * a position each. Loads stand between multiplications, as the core begins an instruction a cycle, and each takes two.
 */
#ifndef ECGP_HELIUM_DENSE_ASM_H
#define ECGP_HELIUM_DENSE_ASM_H

#include "ecgp_helium_copy_asm.h"
#include "ecgp_helium_dense_parts.h"

ECGP_STATIC_ASSERT(ECGP_DENSE_POSITIONS == 3 && ECGP_DENSE_TAPS == 16, "the loop below is written for these");
ECGP_STATIC_ASSERT(offsetof(ecgp_dense_tile, output) == 12 + 24 && offsetof(ecgp_dense_tile, stream) == 12 + 36 &&
                       offsetof(ecgp_dense_tile, end) == 12 + 40 && offsetof(ecgp_dense_tile, middle) == 12 + 44 &&
                       offsetof(ecgp_dense_tile, zero_point) == 12 + 48 && offsetof(ecgp_dense_tile, away) == 12 + 52 &&
                       offsetof(ecgp_dense_tile, first) == 12 + 56 && offsetof(ecgp_dense_tile, min) == 12 + 60 &&
                       offsetof(ecgp_dense_tile, max) == 12 + 76 && offsetof(ecgp_dense_tile, larger) == 12 + 92 &&
                       offsetof(ecgp_dense_tile, saved) == 12 + 140 && offsetof(ecgp_dense_tile, count) == 12 + 148 &&
                       offsetof(ecgp_dense_tile, x_step) == 12 + 152 && offsetof(ecgp_dense_tile, output_step) == 12 + 156 &&
                       offsetof(ecgp_dense_tile, begin) == 12 + 160 && offsetof(ecgp_dense_tile, whole) == 12 + 164 &&
                       offsetof(ecgp_dense_tile, all) == 12 + 168 && offsetof(ecgp_dense_tile, back) == 12 + 172,
                   "the offsets below");

/** See the C of ecgp_dense_groups(). */
static inline void ecgp_dense_groups(ecgp_dense_tile *t)
{
    register const int8_t **r0 __asm__("r0") = t->x[1];

    __asm__ volatile("strd     r7, r11, [r0, #140]\n\t"
                     "mov      r11, r0\n\t"
                     "ldr      r7, [r11, #160]\n\t"
                     "str      r7, [r11, #36]\n\t"
                     "ldr      r12, [r11, #56]\n"
                     "1:\n\t"
                     "ldr      lr, [r11, #44]\n\t"
                     "ldm      r12, {r1, r3, r5}\n\t"
                     ECGP_DENSE_W
                     "cmp      lr, #-1\n\t"
                     "ble      4f\n\t"
                     ECGP_DENSE_X0
                     "vmladav.s8 r0, q0, q3\n\t"
                     ECGP_DENSE_X1
                     "vmladav.s8 r2, q1, q3\n\t"
                     ECGP_DENSE_X2
                     "vmladav.s8 r4, q2, q3\n\t"
                     "vldrb.u8 q4, [r7], #16\n\t"
                     "vmladav.s8 r6, q0, q4\n\t"
                     ECGP_DENSE_W
                     "vmladav.s8 r8, q1, q4\n\t"
                     ECGP_DENSE_X0
                     "vmladav.s8 r10, q2, q4\n\t"
                     ECGP_DENSE_X1
                     ECGP_DENSE_X2
                     ECGP_DENSE_MIDDLE
                     "vmladava.s8 r0, q0, q3\n\t" /* the last chunk of a pair, and the first one of the next */
                     "vldrb.u8 q4, [r7], #16\n\t"
                     "vmladava.s8 r2, q1, q3\n\t"
                     "ldrd     r1, r3, [r12]\n\t"
                     "vmladava.s8 r4, q2, q3\n\t"
                     ECGP_DENSE_W
                     "vmladava.s8 r6, q0, q4\n\t"
                     ECGP_DENSE_X0
                     "vmladava.s8 r8, q1, q4\n\t"
                     "ldr      r5, [r12, #8]\n\t"
                     "vmov     q5[2], q5[0], r0, r6\n\t"
                     ECGP_DENSE_X1
                     "vmladava.s8 r10, q2, q4\n\t"
                     "vmov     q6[2], q6[0], r2, r8\n\t"
                     ECGP_DENSE_X2
                     "vmladav.s8 r0, q0, q3\n\t"
                     "vmov     q7[2], q7[0], r4, r10\n\t"
                     "vldrb.u8 q4, [r7], #16\n\t"
                     "vmladav.s8 r2, q1, q3\n\t"
                     "ldr      lr, [r11, #44]\n\t"
                     "vmladav.s8 r4, q2, q3\n\t"
                     ECGP_DENSE_W
                     "vmladav.s8 r6, q0, q4\n\t"
                     ECGP_DENSE_X0
                     "vmladav.s8 r8, q1, q4\n\t"
                     ECGP_DENSE_X1
                     "vmladav.s8 r10, q2, q4\n\t"
                     ECGP_DENSE_X2
                     ECGP_DENSE_MIDDLE
                     ECGP_DENSE_LAST("a", "")
                     "b        5f\n"
                     "4:\n\t"
                     "bne      4f\n\t" /* else a single chunk: inputs are loaded once */
                     ECGP_DENSE_X0
                     "vmladav.s8 r0, q0, q3\n\t"
                     ECGP_DENSE_X1
                     "vmladav.s8 r2, q1, q3\n\t"
                     ECGP_DENSE_X2
                     "vmladav.s8 r4, q2, q3\n\t"
                     "vldrb.u8 q4, [r7], #16\n\t"
                     "vmladav.s8 r6, q0, q4\n\t"
                     ECGP_DENSE_W
                     "vmladav.s8 r8, q1, q4\n\t"
                     ECGP_DENSE_MOVE_FIRST("2", "0")
                     "cmp      r12, r11\n\t"
                     "vmladav.s8 r10, q2, q4\n\t"
                     ECGP_DENSE_MOVE_SECOND("2", "0")
                     "blo      3f\n\t"
                     ECGP_DENSE_LAST("", ECGP_DENSE_MOVE_THIRD("2", "0"))
                     "b        5f\n"
                     "3:\n\t"
                     ECGP_DENSE_PAIRS_OF_A_CHUNK
                     "b        7f\n"
                     "4:\n\t" /* a single position: both pairs at once, from r7 and r3 */
                     "mvn      lr, lr\n\t"
                     "sub      r7, r7, #16\n\t"
                     "add      r3, r7, lr, lsl #5\n\t"
                     "movs     r0, #0\n\t"
                     "movs     r2, #0\n\t"
                     "movs     r6, #0\n\t"
                     "mov      r8, #0\n\t"
                     "dls      lr, lr\n\t"
                     ".p2align 2\n"
                     "2:\n\t"
                     ECGP_DENSE_X0
                     ECGP_DENSE_W
                     "vmladava.s8 r0, q0, q3\n\t"
                     "vldrb.u8 q4, [r7], #16\n\t"
                     "vmladava.s8 r6, q0, q4\n\t"
                     "vldrb.u8 q3, [r3], #16\n\t"
                     "vmladava.s8 r2, q0, q3\n\t"
                     "vldrb.u8 q4, [r3], #16\n\t"
                     "vmladava.s8 r8, q0, q4\n\t"
                     "le       lr, 2b\n\t"
                     "mov      r7, r3\n\t"
                     "vmov     q5[2], q5[0], r0, r6\n\t"
                     "vldrw.u32 q3, [r7], #16\n\t"
                     "vmov     q5[3], q5[1], r2, r8\n\t"
                     "vldrw.u32 q0, [r7], #16\n\t"
                     "vmov     q6, q5\n\t"
                     "vldrw.u32 q1, [r7], #16\n\t"
                     "ldr      r1, [r11, #52]\n\t"
                     "vmov     q7, q5\n\t"
                     "ldr      r3, [r11, #48]\n\t"
                     "ldr      r5, [r11, #40]\n\t"
                     "\n5:\n\t"
                     "cmp      r12, r11\n\t"
                     "bls      8f\n"
                     "7:\n\t"
                     "cmp      r1, #0\n\t"
                     "bne      10f\n\t"
                     ECGP_DENSE_OUTPUTS("", "", "")
                     "b        9f\n"
                     "10:\n\t"
                     ECGP_DENSE_OUTPUTS(ECGP_DENSE_AWAY("q5"), ECGP_DENSE_AWAY("q6"), ECGP_DENSE_AWAY("q7"))
                     "b        9f\n"
                     "8:\n\t" /* the larger of two */
                     "beq      8f\n\t"
                     "vstrw.32 q5, [r11, #92]\n\t"
                     "ldr      r7, [r11, #36]\n\t"
                     "vstrw.32 q6, [r11, #108]\n\t"
                     "mov      r12, r11\n\t"
                     "vstrw.32 q7, [r11, #124]\n\t"
                     "b        1b\n"
                     "8:\n\t"
                     "vldrw.u32 q2, [r11, #92]\n\t"
                     "str      r7, [r11, #36]\n\t"
                     "vmax.s32 q5, q5, q2\n\t"
                     "vldrw.u32 q2, [r11, #108]\n\t"
                     "vmax.s32 q6, q6, q2\n\t"
                     "vldrw.u32 q2, [r11, #124]\n\t"
                     "sub      r12, r11, #12\n\t"
                     "vmax.s32 q7, q7, q2\n\t"
                     "b        7b\n"
                     "9:\n\t"
                     "ldrd     r6, r8, [r11, #164]\n\t"
                     "ldrd     r0, r2, [r11, #24]\n\t"
                     "ldr      r4, [r11, #32]\n\t"
                     "cmp      r7, r8\n\t"
                     "beq      9f\n\t"
                     "str      r8, [r11, #40]\n\t" /* the group that ends with the last channel */
                     "ldr      r8, [r11, #172]\n\t"
                     ECGP_DENSE_ADD("r8")
                     "strd     r0, r2, [r11, #24]\n\t"
                     "str      r7, [r11, #36]\n\t"
                     "str      r4, [r11, #32]\n\t"
                     "b        1b\n"
                     "9:\n\t" /* the next tile */
                     "ldr      r8, [r11, #148]\n\t"
                     "str      r6, [r11, #40]\n\t"
                     "subs     r8, r8, #1\n\t"
                     "beq      9f\n\t"
                     "str      r8, [r11, #148]\n\t"
                     "ldr      r6, [r11, #152]\n\t"
                     "ldr      r8, [r11, #156]\n\t"
                     "ldr      r7, [r11, #160]\n\t"
                     ECGP_DENSE_ADD("r8")
                     "strd     r0, r2, [r11, #24]\n\t"
                     "str      r7, [r11, #36]\n\t"
                     "str      r4, [r11, #32]\n\t"
                     "ldm      r12, {r0, r2, r4}\n\t"
                     ECGP_DENSE_ADD("r6")
                     "cmp      r12, r11\n\t"
                     "stm      r12, {r0, r2, r4}\n\t"
                     "bhi      1b\n\t"
                     "ldm      r11, {r0, r2, r4}\n\t"
                     ECGP_DENSE_ADD("r6")
                     "stm      r11, {r0, r2, r4}\n\t"
                     "b        1b\n"
                     "9:\n\t"
                     "ldrd     r7, r11, [r11, #140]"
                     : "+r"(r0)
                     :
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r10",
                       "r12", "lr", "cc", "memory");
}

#endif /* ECGP_HELIUM_DENSE_ASM_H */
