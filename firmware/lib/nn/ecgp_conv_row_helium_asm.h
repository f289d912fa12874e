/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_row_helium_asm.h
 * @brief Assembly of ecgp_conv_row_helium.c, where ECGP_HELIUM is 1.
 *
 * q0 to q5: inputs 2 * i + j of lane i, j from 0 to 5; q6 and q7: sums. Weights are r4, r5, r6, r8 and r10, bias is r12.
 * A channel is finished while the next one's sums begin: the first turn finishes what is none, and stores it where
 * nothing is read or an output comes later.
 */
#ifndef ECGP_CONV_ROW_HELIUM_ASM_H
#define ECGP_CONV_ROW_HELIUM_ASM_H

/** Inputs to q0 to q5; r0 moves by five, r4 and q6 are used up. */
#define ROW_INPUTS "movs         r4, #0\n\t" \
                   "vidup.u32    q6, r4, #2\n\t" \
                   "vldrb.s32    q0, [r0, q6]\n\t" \
                   "adds         r0, r0, #1\n\t" \
                   "vldrb.s32    q1, [r0, q6]\n\t" \
                   "adds         r0, r0, #1\n\t" \
                   "vldrb.s32    q2, [r0, q6]\n\t" \
                   "adds         r0, r0, #1\n\t" \
                   "vldrb.s32    q3, [r0, q6]\n\t" \
                   "adds         r0, r0, #1\n\t" \
                   "vldrb.s32    q4, [r0, q6]\n\t" \
                   "adds         r0, r0, #1\n\t" \
                   "vldrb.s32    q5, [r0, q6]\n\t"

/** The larger of positions 0 and 1, 2 and 3, ...: [2 * pairs][4] at `columns`; four bytes before are written as well. */
static inline void ecgp_row_pooled(const int8_t *x, const int32_t *stream, int8_t *columns, int32_t zero_point, int32_t pairs)
{
    register const int8_t *r0 __asm__("r0") = x;
    register const int32_t *r1 __asm__("r1") = stream;
    register int8_t *r2 __asm__("r2") = columns - 4;
    register int32_t r3 __asm__("r3") = zero_point;
    register int32_t r12 __asm__("r12") = pairs;

    __asm__ volatile(ROW_INPUTS
                     "dls          lr, r12\n"
                     "1:\n\t"
                     "vmax.s32     q7, q7, q6\n\t"
                     "ldrd         r4, r5, [r1], #8\n\t"
                     "vadd.i32     q7, q7, r12\n\t"
                     "vqrdmulh.s32 q7, q7, r0\n\t"
                     "ldrd         r6, r8, [r1], #8\n\t"
                     "vmul.i32     q6, q0, r4\n\t"
                     "vrshl.s32    q7, r10\n\t"
                     "vmla.s32     q6, q1, r5\n\t"
                     "vadd.i32     q7, q7, r3\n\t"
                     "vmla.s32     q6, q2, r6\n\t"
                     "vqmovnb.s32  q7, q7\n\t"
                     "vmla.s32     q6, q3, r8\n\t"
                     "ldrd         r10, r12, [r1], #8\n\t"
                     "vqmovnb.s16  q7, q7\n\t"
                     "vmla.s32     q6, q4, r10\n\t"
                     "vstrb.32     q7, [r2], #4\n\t"
                     "vmul.i32     q7, q1, r4\n\t"
                     "vmla.s32     q7, q2, r5\n\t"
                     "vmla.s32     q7, q3, r6\n\t"
                     "vmla.s32     q7, q4, r8\n\t"
                     "vmla.s32     q7, q5, r10\n\t"
                     "ldrd         r0, r10, [r1], #8\n\t"
                     "vmax.s32     q6, q6, q7\n\t"
                     "ldrd         r4, r5, [r1], #8\n\t"
                     "vadd.i32     q6, q6, r12\n\t"
                     "vqrdmulh.s32 q6, q6, r0\n\t"
                     "ldrd         r6, r8, [r1], #8\n\t"
                     "vrshl.s32    q6, r10\n\t"
                     "vmul.i32     q7, q0, r4\n\t"
                     "vadd.i32     q6, q6, r3\n\t"
                     "vmla.s32     q7, q1, r5\n\t"
                     "vqmovnb.s32  q6, q6\n\t"
                     "ldrd         r10, r12, [r1], #8\n\t"
                     "vmla.s32     q7, q2, r6\n\t"
                     "vqmovnb.s16  q6, q6\n\t"
                     "vmla.s32     q7, q3, r8\n\t"
                     "vmla.s32     q7, q4, r10\n\t"
                     "vstrb.32     q6, [r2], #4\n\t"
                     "vmul.i32     q6, q1, r4\n\t"
                     "vmla.s32     q6, q2, r5\n\t"
                     "vmla.s32     q6, q3, r6\n\t"
                     "vmla.s32     q6, q4, r8\n\t"
                     "vmla.s32     q6, q5, r10\n\t"
                     "ldrd         r0, r10, [r1], #8\n\t"
                     "le           lr, 1b\n\t"
                     "vmax.s32     q7, q7, q6\n\t"
                     "vadd.i32     q7, q7, r12\n\t"
                     "vqrdmulh.s32 q7, q7, r0\n\t"
                     "vrshl.s32    q7, r10\n\t"
                     "vadd.i32     q7, q7, r3\n\t"
                     "vqmovnb.s32  q7, q7\n\t"
                     "vqmovnb.s16  q7, q7\n\t"
                     "vstrb.32     q7, [r2]"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r12)
                     :
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "r4", "r5", "r6", "r8", "r10", "lr", "cc", "memory");
}

/** Positions 0, 2, ... at `columns`, 1, 3, ... 64 bytes behind: each [count][4], count at most 16. */
static inline void ecgp_row_plain(const int8_t *x, const int32_t *stream, int8_t *columns, int32_t zero_point, int32_t count)
{
    register const int8_t *r0 __asm__("r0") = x;
    register const int32_t *r1 __asm__("r1") = stream;
    register int8_t *r2 __asm__("r2") = columns;
    register int32_t r3 __asm__("r3") = zero_point;
    register int32_t r12 __asm__("r12") = count;

    __asm__ volatile(ROW_INPUTS
                     "dls          lr, r12\n"
                     "1:\n\t"
                     "vqrdmulh.s32 q7, q7, r0\n\t"
                     "vrshl.s32    q7, r4\n\t"
                     "ldrd         r4, r5, [r1], #8\n\t"
                     "vadd.i32     q7, q7, r3\n\t"
                     "vmul.i32     q6, q0, r4\n\t"
                     "ldrd         r6, r8, [r1], #8\n\t"
                     "vmla.s32     q6, q1, r5\n\t"
                     "vqmovnb.s32  q7, q7\n\t"
                     "vmla.s32     q6, q2, r6\n\t"
                     "ldrd         r10, r12, [r1], #8\n\t"
                     "vqmovnb.s16  q7, q7\n\t"
                     "vmla.s32     q6, q3, r8\n\t"
                     "vmla.s32     q6, q4, r10\n\t"
                     "vstrb.32     q7, [r2, #60]\n\t"
                     "vmul.i32     q7, q1, r4\n\t"
                     "ldrd         r0, r4, [r1], #8\n\t"
                     "vmla.s32     q7, q2, r5\n\t"
                     "vadd.i32     q6, q6, r12\n\t"
                     "vqrdmulh.s32 q6, q6, r0\n\t"
                     "vrshl.s32    q6, r4\n\t"
                     "vmla.s32     q7, q3, r6\n\t"
                     "vadd.i32     q6, q6, r3\n\t"
                     "vmla.s32     q7, q4, r8\n\t"
                     "vqmovnb.s32  q6, q6\n\t"
                     "vmla.s32     q7, q5, r10\n\t"
                     "vqmovnb.s16  q6, q6\n\t"
                     "vadd.i32     q7, q7, r12\n\t"
                     "vstrb.32     q6, [r2], #4\n\t"
                     "le           lr, 1b\n\t"
                     "vqrdmulh.s32 q7, q7, r0\n\t"
                     "vrshl.s32    q7, r4\n\t"
                     "vadd.i32     q7, q7, r3\n\t"
                     "vqmovnb.s32  q7, q7\n\t"
                     "vqmovnb.s16  q7, q7\n\t"
                     "vstrb.32     q7, [r2, #60]"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r12)
                     :
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "r4", "r5", "r6", "r8", "r10", "lr", "cc", "memory");
}

#endif /* ECGP_CONV_ROW_HELIUM_ASM_H */
