/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_s16_asm.h
 * @brief Assembly of the kernels over int16 on Helium (MVE), where ECGP_HELIUM is 1; see ecgp_helium_asm.h.
 */
#ifndef ECGP_HELIUM_S16_ASM_H
#define ECGP_HELIUM_S16_ASM_H

ECGP_STATIC_ASSERT(ECGP_HELIUM_TAPS_S16 == 8, "the loops below are written for this");

/** See the C of ecgp_helium_taps_s16(). */
static inline void ecgp_helium_taps_s16(const int8_t *x, int32_t step, const int8_t *w, int32_t outputs, int32_t taps,
                                        int first, int32_t *sums)
{
    register int32_t r0 __asm__("r0") = step;
    register const int8_t *r1 __asm__("r1") = x;
    register int32_t r2 __asm__("r2") = taps;
    register const int8_t *r3 __asm__("r3") = w;
    register int32_t r4 __asm__("r4") = outputs;
    register int32_t *r5 __asm__("r5") = sums;

    if (first != 0) {
        ECGP_HELIUM_CHANNELS("", "", "16", "vldrh.u16", "vldrb.s16", "8");
    } else {
        ECGP_HELIUM_CHANNELS(ECGP_HELIUM_LOAD_SUMS, "a", "16", "vldrh.u16", "vldrb.s16", "8");
    }
}

/** Stores the sums of the products of `depth` int16 inputs with four rows of weights. */
static inline void ecgp_helium_rows_s16(const int16_t *x, const int8_t *weights, int32_t depth, int32_t sums[4])
{
    const int8_t *w0 = weights; /* loads that spread bytes know r0 to r7 only */
    const int8_t *w1 = w0 + depth;
    const int8_t *w2 = w1 + depth;
    const int8_t *w3 = w2 + depth;
    int32_t s0 = 0;
    int32_t s1 = 0;
    int32_t s2 = 0;
    int32_t s3 = 0;

    __asm__ volatile("dlstp.16   lr, %[depth]\n"
                     "1:\n\t"
                     "vldrh.u16  q0, [%[x]], #16\n\t"
                     "vldrb.s16  q1, [%[w0]], #8\n\t"
                     "vmladava.s16 %[s0], q0, q1\n\t"
                     "vldrb.s16  q2, [%[w1]], #8\n\t"
                     "vmladava.s16 %[s1], q0, q2\n\t"
                     "vldrb.s16  q3, [%[w2]], #8\n\t"
                     "vmladava.s16 %[s2], q0, q3\n\t"
                     "vldrb.s16  q1, [%[w3]], #8\n\t"
                     "vmladava.s16 %[s3], q0, q1\n\t"
                     "letp       lr, 1b"
                     : [x] "+r"(x), [w0] "+l"(w0), [w1] "+l"(w1), [w2] "+l"(w2), [w3] "+l"(w3), [s0] "+Te"(s0),
                       [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3)
                     : [depth] "r"(depth)
                     : "q0", "q1", "q2", "q3", "lr", "cc", "memory");
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

#endif /* ECGP_HELIUM_S16_ASM_H */
