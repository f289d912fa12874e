/**
 * @file ecgp_helium.h
 * @brief Convolution sums and their requantization on Helium (MVE), 16 products an instruction; C with the same bits.
 *
 * A tile is ECGP_HELIUM_TILE positions. Their inputs of 16 taps stay in q0 to q5 while the weights of one output channel
 * after another pass through q7: VMLADAVA adds 16 products to a core register, and one LDM and STM move a channel's six
 * sums, which lie side by side in memory. So 96 products take ten instructions. Sparse channels gather the inputs of
 * their weights instead, 16 bytes or four blocks of four at a time. Sums are int32 in any order of additions, which the
 * generator proves: 128 * sum|w| + |bias| < 2^31.
 */
#ifndef ECGP_HELIUM_H
#define ECGP_HELIUM_H

#include <stdint.h>
#include <string.h>

#include "ecgp_requant.h"

/** Positions of a tile; ecgprune/codegen/kernels/helium.py must say the same. Even, as max pooling joins two. */
#define ECGP_HELIUM_TILE 6

/** Taps that are multiplied at once; helium.py must say the same. */
#define ECGP_HELIUM_TAPS 16

/** 1: the assembly below, which needs an optimizing GCC and no frame pointer. 0: the C beside it. */
#ifndef ECGP_HELIUM
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && defined(__ARM_FEATURE_MVE)
#define ECGP_HELIUM 1
#else
#define ECGP_HELIUM 0
#endif
#endif

#if ECGP_HELIUM

#include <arm_mve.h>

/* VMLADAVA adds to even registers only: the six sums of a channel, for LDM and STM. */
#define ECGP_HELIUM_SUMS "{r0, r2, r4, r6, r8, r10}"
#define ECGP_HELIUM_CLOBBERED "r0", "r2", "r4", "r6", "r8", "r10", "lr", "cc", "memory"

/** Copies `count` bytes, 0 and more. */
static inline void ecgp_helium_copy(int8_t *to, const int8_t *from, int32_t count)
{
    __asm__ volatile("wlstp.8  lr, %[count], 2f\n"
                     "1:\n\t"
                     "vldrb.u8 q0, [%[from]], #16\n\t"
                     "vstrb.8  q0, [%[to]], #16\n\t"
                     "letp     lr, 1b\n"
                     "2:"
                     : [to] "+r"(to), [from] "+r"(from)
                     : [count] "r"(count)
                     : "q0", "lr", "memory");
}

/* Loads six inputs, reading `taps` bytes and filling up with zeros: DLSTP makes loads do that, LCTP ends it. Then the
   loop over output channels: `a` is "" where their sums begin, "a" where they go on, which `load` has loaded. */
#define ECGP_HELIUM_NEXT "add %[x], %[x], %[step]\n\t"
#define ECGP_HELIUM_CHANNELS(load, a)                               \
    __asm__ volatile("dlstp.8   lr, %[taps]\n\t"                  \
                     "vldrb.u8  q0, [%[x]]\n\t" ECGP_HELIUM_NEXT    \
                     "vldrb.u8  q1, [%[x]]\n\t" ECGP_HELIUM_NEXT    \
                     "vldrb.u8  q2, [%[x]]\n\t" ECGP_HELIUM_NEXT    \
                     "vldrb.u8  q3, [%[x]]\n\t" ECGP_HELIUM_NEXT    \
                     "vldrb.u8  q4, [%[x]]\n\t" ECGP_HELIUM_NEXT    \
                     "vldrb.u8  q5, [%[x]]\n\t"                   \
                     "lctp\n\t"                                   \
                     "dls       lr, %[outputs]\n"                 \
                     "1:\n\t" load                                \
                     "vldrb.u8  q7, [%[w]], #16\n\t"              \
                     "vmladav" a ".s8 r0, q0, q7\n\t"             \
                     "vmladav" a ".s8 r2, q1, q7\n\t"             \
                     "vmladav" a ".s8 r4, q2, q7\n\t"             \
                     "vmladav" a ".s8 r6, q3, q7\n\t"             \
                     "vmladav" a ".s8 r8, q4, q7\n\t"             \
                     "vmladav" a ".s8 r10, q5, q7\n\t"            \
                     "stm       %[s]!, " ECGP_HELIUM_SUMS "\n\t"    \
                     "le        lr, 1b"                           \
                     : [x] "+r"(r1), [w] "+r"(r3), [s] "+r"(r5)   \
                     : [step] "r"(r9), [taps] "r"(r11), [outputs] "r"(r12) \
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q7", ECGP_HELIUM_CLOBBERED)

/**
 * Adds up to ECGP_HELIUM_TAPS taps of every channel to its sums, or, the first time, sets them.
 *
 * @param x     the first position's input of the first of these taps; the next position's is `step` bytes further
 * @param w     [outputs][ECGP_HELIUM_TAPS]
 * @param taps  taps left, 1 and more
 * @param sums  [outputs][ECGP_HELIUM_TILE]
 */
static inline void ecgp_helium_taps(const int8_t *x, int32_t step, const int8_t *w, int32_t outputs, int32_t taps,
                                  int first, int32_t *sums)
{
    register const int8_t *r1 __asm__("r1") = x;
    register const int8_t *r3 __asm__("r3") = w;
    register int32_t *r5 __asm__("r5") = sums;
    register int32_t r9 __asm__("r9") = step;
    register int32_t r11 __asm__("r11") = taps;
    register int32_t r12 __asm__("r12") = outputs;

    if (first != 0) {
        ECGP_HELIUM_CHANNELS("", "");
    } else {
        ECGP_HELIUM_CHANNELS("ldm %[s], " ECGP_HELIUM_SUMS "\n\t", "a");
    }
}

#else

/** Copies `count` bytes, 0 and more. */
static inline void ecgp_helium_copy(int8_t *to, const int8_t *from, int32_t count)
{
    memcpy(to, from, (size_t)count);
}

/** See above. */
static inline void ecgp_helium_taps(const int8_t *x, int32_t step, const int8_t *w, int32_t outputs, int32_t taps,
                                  int first, int32_t *sums)
{
    const int32_t count = taps < ECGP_HELIUM_TAPS ? taps : ECGP_HELIUM_TAPS;

    for (const int32_t *const end = sums + outputs * ECGP_HELIUM_TILE; sums != end; sums += ECGP_HELIUM_TILE) {
        for (int32_t k = 0; k < ECGP_HELIUM_TILE; k++) {
            int32_t sum = first != 0 ? 0 : sums[k];

            for (int32_t i = 0; i < count; i++) {
                sum += w[i] * x[k * step + i];
            }
            sums[k] = sum;
        }
        w += ECGP_HELIUM_TAPS;
    }
}

#endif

#endif /* ECGP_HELIUM_H */
