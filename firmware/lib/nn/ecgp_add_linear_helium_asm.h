/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_linear_helium_asm.h
 * @brief Assembly of ecgp_add_linear.c, where ECGP_HELIUM is 1.
 *
 * Two vectors of four sums are narrowed into the halves of one, whose bytes are clamped together: eight elements take 16
 * instructions, of which loads and stores, multiplications, and the rest go to different pipelines. What is left of a
 * group stands between the loads of the next one, so none of them waits. VQRSHRN rounds, as GNU's assembler 2.40 takes
 * VQSHRN for it: half a unit is taken off before.
 */
#ifndef ECGP_ADD_LINEAR_HELIUM_ASM_H
#define ECGP_ADD_LINEAR_HELIUM_ASM_H

/** What VQRSHRN rounds up by. */
#define HALF (1 << (SHIFT - 1))

/** All elements. q4: a's factor, q3 and q7: highest and lowest output, q5: sums of eight elements without their lowest bits. */
static inline void add_all(const ecgp_add_linear_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    const int32_t first[] = {p->a_factor, p->min, p->max}; /* in memory: code without optimization has few registers */
    int32_t eights = p->size >> 3;

    __asm__ volatile("ldr          lr, [%[first]]\n\t"
                     "vdup.32      q4, lr\n\t"
                     "ldr          lr, [%[first], #4]\n\t"
                     "vdup.8       q7, lr\n\t"
                     "ldr          lr, [%[first], #8]\n\t"
                     "vdup.8       q3, lr\n\t"
                     "subs         %[eights], %[eights], #1\n\t"
                     "blt          3f\n\t"
                     "vldrb.s32    q0, [%[a]], #4\n\t"
                     "vmlas.s32    q0, q4, %[offset]\n\t"
                     "vldrb.s32    q2, [%[b]], #4\n\t"
                     "vldrb.s32    q1, [%[a]], #4\n\t"
                     "vmla.s32     q0, q2, %[b_factor]\n\t"
                     "vldrb.s32    q2, [%[b]], #4\n\t"
                     "vmlas.s32    q1, q4, %[offset]\n\t"
                     "vshrnb.i32   q5, q0, #16\n\t"
                     "vmla.s32     q1, q2, %[b_factor]\n\t"
                     "vshrnt.i32   q5, q1, #16\n\t"
                     "wls          lr, %[eights], 2f\n"
                     "1:\n\t"
                     "vldrb.s32    q0, [%[a]], #4\n\t"
                     "vmlas.s32    q0, q4, %[offset]\n\t"
                     "vldrb.s32    q2, [%[b]], #4\n\t"
                     "vqrshrnb.s16 q6, q5, #5\n\t"
                     "vmla.s32     q0, q2, %[b_factor]\n\t"
                     "vldrb.s32    q1, [%[a]], #4\n\t"
                     "vmax.s8      q6, q6, q7\n\t"
                     "vldrb.s32    q2, [%[b]], #4\n\t"
                     "vmin.s8      q6, q6, q3\n\t"
                     "vstrb.32     q6, [%[output]], #4\n\t"
                     "vmlas.s32    q1, q4, %[offset]\n\t"
                     "vshrnb.i32   q5, q0, #16\n\t"
                     "vmla.s32     q1, q2, %[b_factor]\n\t"
                     "vshr.u32     q6, q6, #16\n\t"
                     "vstrb.32     q6, [%[output]], #4\n\t"
                     "vshrnt.i32   q5, q1, #16\n\t"
                     "le           lr, 1b\n"
                     "2:\n\t"
                     "vqrshrnb.s16 q6, q5, #5\n\t"
                     "vmax.s8      q6, q6, q7\n\t"
                     "vmin.s8      q6, q6, q3\n\t"
                     "vstrb.32     q6, [%[output]], #4\n\t"
                     "vshr.u32     q6, q6, #16\n\t"
                     "vstrb.32     q6, [%[output]], #4\n"
                     "3:\n\t"
                     "wlstp.32     lr, %[rest], 5f\n"
                     "4:\n\t"
                     "vldrb.s32    q0, [%[a]], #4\n\t"
                     "vldrb.s32    q2, [%[b]], #4\n\t"
                     "vmlas.s32    q0, q4, %[offset]\n\t"
                     "vmla.s32     q0, q2, %[b_factor]\n\t"
                     "vshrnb.i32   q5, q0, #16\n\t"
                     "vqrshrnb.s16 q6, q5, #5\n\t"
                     "vmax.s8      q6, q6, q7\n\t"
                     "vmin.s8      q6, q6, q3\n\t"
                     "vstrb.32     q6, [%[output]], #4\n\t"
                     "letp         lr, 4b\n"
                     "5:"
                     : [a] "+r"(a), [b] "+r"(b), [output] "+r"(output), [eights] "+r"(eights)
                     : [first] "r"(first), [b_factor] "r"(p->b_factor), [offset] "r"(p->offset - HALF), [rest] "r"(p->size & 7)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory");
}

#endif /* ECGP_ADD_LINEAR_HELIUM_ASM_H */
