/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_matrix_helium_asm.h
 * @brief Assembly of ecgp_matrix.h for cores with Helium (MVE), where ECGP_HELIUM is 1: 16 products at once.
 */
#ifndef ECGP_MATRIX_HELIUM_ASM_H
#define ECGP_MATRIX_HELIUM_ASM_H

#include <arm_mve.h>
#include <stdint.h>

/** The sum of the products of `count` bytes. */
static inline int32_t ecgp_matrix_row(const int8_t *w, const int8_t *x, int32_t count)
{
    int32_t sum = 0;

    __asm__ volatile("wlstp.8  lr, %[count], 2f\n"
                     "1:\n\t"
                     "vldrb.u8 q0, [%[w]], #16\n\t"
                     "vldrb.u8 q1, [%[x]], #16\n\t"
                     "vmladava.s8 %[sum], q0, q1\n\t"
                     "letp     lr, 1b\n"
                     "2:"
                     : [w] "+r"(w), [x] "+r"(x), [sum] "+Te"(sum)
                     : [count] "r"(count)
                     : "q0", "q1", "lr", "cc", "memory");
    return sum;
}

/**
 * See ecgp_matrix_four() of ecgp_matrix.h. VLD4 takes four words of each output at once. The one to three words that are
 * left are gathered; lanes without one read nothing.
 */
static inline void ecgp_matrix_four(const int32_t *w, const int8_t *x, int32_t words, int32_t acc[4])
{
    int32_t acc0 = 0;
    int32_t acc1 = 0;
    int32_t acc2 = 0;
    int32_t acc3 = 0;

    __asm__ volatile("wls         lr, %[chunks], 2f\n"
                     "1:\n\t"
                     "vld40.32    {q0, q1, q2, q3}, [%[w]]\n\t"
                     "vld41.32    {q0, q1, q2, q3}, [%[w]]\n\t"
                     "vld42.32    {q0, q1, q2, q3}, [%[w]]\n\t"
                     "vld43.32    {q0, q1, q2, q3}, [%[w]]!\n\t"
                     "vldrb.u8    q4, [%[x]], #16\n\t"
                     "vmladava.s8 %[acc0], q0, q4\n\t"
                     "vmladava.s8 %[acc1], q1, q4\n\t"
                     "vmladava.s8 %[acc2], q2, q4\n\t"
                     "vmladava.s8 %[acc3], q3, q4\n\t"
                     "le          lr, 1b\n"
                     "2:"
                     : [w] "+r"(w), [x] "+r"(x), [acc0] "+Te"(acc0), [acc1] "+Te"(acc1), [acc2] "+Te"(acc2),
                       [acc3] "+Te"(acc3)
                     : [chunks] "r"(words >> 2)
                     : "q0", "q1", "q2", "q3", "q4", "lr", "cc", "memory");
    if ((words & 3) != 0) {
        const uint32x4_t apart = vshlq_n_u32(vidupq_n_u32(0, 1), 4);
        const mve_pred16_t valid = vctp8q(4u * ((uint32_t)words & 3u));
        const int8x16_t inputs = vldrbq_z_s8(x, valid);

        acc0 = vmladavaq_s8(acc0, vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(w, apart, valid)), inputs);
        acc1 = vmladavaq_s8(acc1, vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(w + 1, apart, valid)), inputs);
        acc2 = vmladavaq_s8(acc2, vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(w + 2, apart, valid)), inputs);
        acc3 = vmladavaq_s8(acc3, vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(w + 3, apart, valid)), inputs);
    }
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

/** See ecgp_matrix_fours() of ecgp_matrix.h. */
static inline const int32_t *ecgp_matrix_fours(const int32_t *w, const int8_t *x, const int8_t *end, int32_t *sums,
                                               int32_t count)
{
    const int32_t words = (int32_t)(end - x) >> 2;

    for (int32_t k = 0; k < count; k += 4) {
        ecgp_matrix_four(w, x, words, sums + k);
        w += 4 * words;
    }
    return w;
}

/** See ecgp_matrix_ones() of ecgp_matrix.h. */
static inline void ecgp_matrix_ones(const int32_t *w, const int8_t *x, const int8_t *end, int32_t *sums, int32_t count)
{
    for (int32_t k = 0; k < count; k++) {
        sums[k] = ecgp_matrix_row((const int8_t *)w, x, (int32_t)(end - x));
        w += (end - x) >> 2;
    }
}

#endif /* ECGP_MATRIX_HELIUM_ASM_H */
