/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_helium_asm.h
 * @brief Assembly of ecgp_depthwise_conv_helium.c, where ECGP_HELIUM is 1: 16 channels of one position.
 */
#ifndef ECGP_DEPTHWISE_HELIUM_ASM_H
#define ECGP_DEPTHWISE_HELIUM_ASM_H

#include "ecgp_helium.h"
#include "ecgp_requant.h"

/** Sums of 16 channels, even and odd ones: each is 256 * high + low. */
typedef struct {
    int16x8_t low[2];
    int16x8_t high[2];
} ecgp_depthwise_sums;

/*
 * A pair of taps. q0: inputs, q1: weights, q2 and q3: products of even and of odd channels, a and b: addresses of the
 * inputs. Two products fit int16 beside what is left of the sum, 0 to 255; the rest, a multiple of 256, goes to `high`:
 * VQDMLAH adds 2 * low * 128 / 65536, rounded down. 20 cycles for 32 products.
 */
#define ECGP_DEPTHWISE_ADDRESSES "ldrd %[a], %[b], [%[list]], #8\n\t"
#define ECGP_DEPTHWISE_PAIRS(load)               \
    "vldrb.u8    q1, [%[w]], #16\n\t"            \
    ECGP_DEPTHWISE_ADDRESSES                     \
    "add         %[a], %[a], %[channel]\n\t"     \
    load "       q0, [%[a]]\n\t"                 \
    "add         %[b], %[b], %[channel]\n\t"     \
    "dls         lr, %[pairs]\n\t"               \
    ".p2align 2\n"                               \
    "1:\n\t"                                     \
    "vqdmlah.s16 %q[he], %q[le], %[by]\n\t"      \
    "vbic.i16    %q[le], #0xff00\n\t"            \
    "vmullb.s8   q2, q0, q1\n\t"                 \
    "vmullt.s8   q3, q0, q1\n\t"                 \
    "vadd.i16    %q[le], %q[le], q2\n\t"         \
    "vldrb.u8    q1, [%[w]], #16\n\t"            \
    "vqdmlah.s16 %q[ho], %q[lo], %[by]\n\t"      \
    load "       q0, [%[b]]\n\t"                 \
    "vbic.i16    %q[lo], #0xff00\n\t"            \
    "vmullb.s8   q2, q0, q1\n\t"                 \
    "vadd.i16    %q[lo], %q[lo], q3\n\t"         \
    ECGP_DEPTHWISE_ADDRESSES                     \
    "vmullt.s8   q3, q0, q1\n\t"                 \
    "vadd.i16    %q[le], %q[le], q2\n\t"         \
    "add         %[a], %[a], %[channel]\n\t"     \
    "vldrb.u8    q1, [%[w]], #16\n\t"            \
    "vadd.i16    %q[lo], %q[lo], q3\n\t"         \
    load "       q0, [%[a]]\n\t"                 \
    "add         %[b], %[b], %[channel]\n\t"     \
    "le          lr, 1b"
#define ECGP_DEPTHWISE_CHANGED                                                                                       \
    [le] "+&w"(le), [lo] "+&w"(lo), [he] "+&w"(he), [ho] "+&w"(ho), [list] "+&r"(list), [w] "+&r"(w), [a] "=&r"(a),   \
        [b] "=&r"(b)
#define ECGP_DEPTHWISE_GIVEN [pairs] "r"(pairs), [channel] "r"(channel), [by] "r"(128)

/**
 * Adds up pairs of taps of channels `channel` to `channel` + 15.
 *
 * @param list   where the pixel of each tap is: two for each pair, and two more, which are read
 * @param w      [2 * pairs][16]; 16 bytes more are read
 * @param count  of the channels that exist, 4 to 16
 */
static inline void ecgp_depthwise_taps(const int8_t *const *list, int32_t channel, const int8_t *w, int32_t pairs,
                                       int32_t count, ecgp_depthwise_sums *sums)
{
    const int8_t *a;
    const int8_t *b;
    int16x8_t le = vdupq_n_s16(0);
    int16x8_t lo = le;
    int16x8_t he = le;
    int16x8_t ho = le;

    if (count == 16) {
        __asm__ volatile(ECGP_DEPTHWISE_PAIRS("vldrb.u8")
                         : ECGP_DEPTHWISE_CHANGED
                         : ECGP_DEPTHWISE_GIVEN
                         : "q0", "q1", "q2", "q3", "lr", "cc", "memory");
    } else {
        __asm__ volatile("vctp.8 %[count]\n\t" ECGP_DEPTHWISE_PAIRS("vpst\n\tvldrbt.u8")
                         : ECGP_DEPTHWISE_CHANGED
                         : ECGP_DEPTHWISE_GIVEN, [count] "r"(count)
                         : "q0", "q1", "q2", "q3", "lr", "cc", "memory");
    }
    sums->low[0] = le;
    sums->low[1] = lo;
    sums->high[0] = he;
    sums->high[1] = ho;
}

/*
 * From sums to outputs. Factors lie in the order of the vectors that int16 widens to: channels 0 4 8 12, 2 6 10 14,
 * 1 5 9 13, 3 7 11 15. `away` has ties of negative values round away from zero: it
 * adds 2 * value / 2^32, rounded down. Saturation does no harm: outputs are at
 * most 127 + 128 from the zero point. 55 to 60 instructions for 16 outputs.
 */
#define ECGP_DEPTHWISE_AWAY(value, spare) \
    "vqdmlah.s32  " value ", " value ", %[one]\n\t"
#define ECGP_DEPTHWISE_PLAIN(value, spare) ""
#define ECGP_DEPTHWISE_FINISH(away)           \
    "vqdmullb.s16 q0, %q[he], %[by]\n\t"      \
    "vqdmullt.s16 q1, %q[he], %[by]\n\t"      \
    "vmovlb.s16   q2, %q[le]\n\t"             \
    "vldrw.u32    %q[he], [%[bias]], #16\n\t" \
    "vmovlt.s16   q3, %q[le]\n\t"             \
    "vldrw.u32    %q[le], [%[bias]], #16\n\t" \
    "vadd.i32     q0, q0, q2\n\t"             \
    "vadd.i32     q1, q1, q3\n\t"             \
    "vqdmullb.s16 q2, %q[ho], %[by]\n\t"      \
    "vadd.i32     q0, q0, %q[he]\n\t"         \
    "vqdmullt.s16 q3, %q[ho], %[by]\n\t"      \
    "vadd.i32     q1, q1, %q[le]\n\t"         \
    "vmovlb.s16   %q[he], %q[lo]\n\t"         \
    "vldrw.u32    %q[le], [%[m]], #16\n\t"    \
    "vmovlt.s16   %q[ho], %q[lo]\n\t"         \
    "vldrw.u32    %q[lo], [%[m]], #16\n\t"    \
    "vadd.i32     q2, q2, %q[he]\n\t"         \
    "vldrw.u32    %q[he], [%[bias]], #16\n\t" \
    "vqrdmulh.s32 q0, q0, %q[le]\n\t"         \
    "vadd.i32     q3, q3, %q[ho]\n\t"         \
    "vldrw.u32    %q[ho], [%[bias]]\n\t"      \
    "vqrdmulh.s32 q1, q1, %q[lo]\n\t"         \
    "vadd.i32     q2, q2, %q[he]\n\t"         \
    away("q0", "%q[le]")                      \
    "vldrb.s32    %q[le], [%[shift]], #4\n\t" \
    "vadd.i32     q3, q3, %q[ho]\n\t"         \
    away("q1", "%q[lo]")                      \
    "vldrb.s32    %q[lo], [%[shift]], #4\n\t" \
    "vrshl.s32    q0, q0, %q[le]\n\t"         \
    "vldrw.u32    %q[he], [%[m]], #16\n\t"    \
    "vrshl.s32    q1, q1, %q[lo]\n\t"         \
    "vldrw.u32    %q[ho], [%[m]]\n\t"         \
    "vqrdmulh.s32 q2, q2, %q[he]\n\t"         \
    "vqmovnb.s32  q0, q0\n\t"                 \
    "vqrdmulh.s32 q3, q3, %q[ho]\n\t"         \
    "vldrb.s32    %q[le], [%[shift]], #4\n\t" \
    away("q2", "%q[he]")                      \
    "vqmovnt.s32  q0, q1\n\t"                 \
    "vldrb.s32    %q[lo], [%[shift]]\n\t"     \
    away("q3", "%q[ho]")                      \
    "vrshl.s32    q2, q2, %q[le]\n\t"         \
    "ldr          %[m], [%[q], #16]\n\t"      \
    "vrshl.s32    q3, q3, %q[lo]\n\t"         \
    "ldrd         %[bias], %[q], [%[q], #20]\n\t" \
    "vqmovnb.s32  q2, q2\n\t"                 \
    "vqadd.s16    q0, q0, %[m]\n\t"           \
    "vqmovnt.s32  q2, q3\n\t"                 \
    "vqmovnb.s16  q0, q0\n\t"                 \
    "vqadd.s16    q2, q2, %[m]\n\t"           \
    "vdup.8       q1, %[bias]\n\t"            \
    "vqmovnt.s16  q0, q2\n\t"                 \
    "vdup.8       q3, %[q]\n\t"               \
    "vmax.s8      q0, q0, q1\n\t"             \
    "vctp.8       %[count]\n\t"               \
    "vmin.s8      q0, q0, q3\n\t"             \
    "vpst\n\t"                                \
    "vstrbt.8     q0, [%[output]]"

/** The outputs of `count` channels, 4 to 16; first: where the factors of 16 begin. */
static inline void ecgp_depthwise_finish(const ecgp_requant *requant, int32_t first, const ecgp_depthwise_sums *sums,
                                         int32_t count, int8_t *output)
{
    const ecgp_requant *q = requant;
    const int32_t *bias = requant->bias + first;
    const int32_t *m = requant->multiplier + first;
    const int8_t *shift = requant->shift + first;
    int16x8_t le = sums->low[0];
    int16x8_t lo = sums->low[1];
    int16x8_t he = sums->high[0];
    int16x8_t ho = sums->high[1];

#define ECGP_DEPTHWISE_OUTPUTS(away)                                                                                 \
    __asm__ volatile(ECGP_DEPTHWISE_FINISH(away)                                                                     \
                     : [le] "+&w"(le), [lo] "+&w"(lo), [he] "+&w"(he), [ho] "+&w"(ho), [bias] "+&r"(bias),           \
                       [m] "+&r"(m), [shift] "+&l"(shift), [q] "+&r"(q)                                              \
                     : [count] "r"(count), [output] "r"(output), [by] "r"(128), [one] "r"(1)                         \
                     : "q0", "q1", "q2", "q3", "cc", "memory")
    if (requant->min >= requant->zero_point) {
        ECGP_DEPTHWISE_OUTPUTS(ECGP_DEPTHWISE_PLAIN);
    } else {
        ECGP_DEPTHWISE_OUTPUTS(ECGP_DEPTHWISE_AWAY);
    }
}

#endif /* ECGP_DEPTHWISE_HELIUM_ASM_H */
