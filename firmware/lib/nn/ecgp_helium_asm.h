/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_asm.h
 * @brief Assembly of ecgp_helium.h and of the kernels on Helium (MVE), where ECGP_HELIUM is 1.
 *
 * What is inlined leaves r7, r9 and r11 to the compiler: frame pointers, and the register that a platform may reserve.
 */
#ifndef ECGP_HELIUM_ASM_H
#define ECGP_HELIUM_ASM_H

ECGP_STATIC_ASSERT(ECGP_HELIUM_TILE == 6 && ECGP_HELIUM_TAPS == 16, "the loops below are written for these");

/* VMLADAVA adds to even registers only: the six sums of a channel, for LDM and STM. */
#define ECGP_HELIUM_SUMS "{r0, r2, r4, r6, r8, r10}"

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

/* Loads six inputs, reading `taps` elements and filling up with zeros: DLSTP makes loads do that, LCTP ends it. Then the
   loop over output channels: `a` is "" where their sums begin, "a" where they go on, which `load` has loaded. bits: of an
   input; w_load: what loads the weights of a channel, w_bytes of them, and spreads them to as many bits. */
#define ECGP_HELIUM_NEXT "add r1, r1, r0\n\t"
#define ECGP_HELIUM_CHANNELS(load, a, bits, x_load, w_load, w_bytes)                          \
    __asm__ volatile("dlstp." bits " lr, r2\n\t"                                              \
                     x_load " q0, [r1]\n\t" ECGP_HELIUM_NEXT                                  \
                     x_load " q1, [r1]\n\t" ECGP_HELIUM_NEXT                                  \
                     x_load " q2, [r1]\n\t" ECGP_HELIUM_NEXT                                  \
                     x_load " q3, [r1]\n\t" ECGP_HELIUM_NEXT                                  \
                     x_load " q4, [r1]\n\t" ECGP_HELIUM_NEXT                                  \
                     x_load " q5, [r1]\n\t"                                                   \
                     "lctp\n\t"                                                               \
                     "dls     lr, r4\n"                                                       \
                     "1:\n\t" load                                                            \
                     w_load " q7, [r3], #" w_bytes "\n\t"                                     \
                     "vmladav" a ".s" bits " r0, q0, q7\n\t"                                  \
                     "vmladav" a ".s" bits " r2, q1, q7\n\t"                                  \
                     "vmladav" a ".s" bits " r4, q2, q7\n\t"                                  \
                     "vmladav" a ".s" bits " r6, q3, q7\n\t"                                  \
                     "vmladav" a ".s" bits " r8, q4, q7\n\t"                                  \
                     "vmladav" a ".s" bits " r10, q5, q7\n\t"                                 \
                     "stm     r5!, " ECGP_HELIUM_SUMS "\n\t"                                  \
                     "le      lr, 1b"                                                         \
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5)             \
                     :                                                                        \
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q7", "r6", "r8", "r10", "lr", "cc", "memory")
#define ECGP_HELIUM_LOAD_SUMS "ldm r5, " ECGP_HELIUM_SUMS "\n\t"

/** Adds `count` vectors of bytes that lie `inner` apart, as integers of `bits`, to `sum`; `next` is overwritten, `x` moves on. */
#define ECGP_HELIUM_ADD_LINES(bits, sum, next, x, inner, count)                    \
    __asm__ volatile("dls       lr, %[lines]\n"                                    \
                     "1:\n\t"                                                      \
                     "vldrb.s" bits " %q[line], [%[from]]\n\t"                     \
                     "add       %[from], %[from], %[apart]\n\t"                    \
                     "vadd.i" bits " %q[all], %q[all], %q[line]\n\t"               \
                     "le        lr, 1b"                                            \
                     : [all] "+w"(sum), [line] "=&w"(next), [from] "+l"(x)         \
                     : [lines] "r"(count), [apart] "r"(inner)                      \
                     : "lr", "cc", "memory")

/** Four sums of `count` bytes that lie `inner` apart, added to `sum`: those of four neighbours. */
static inline int32x4_t ecgp_helium_columns(int32x4_t sum, const int8_t *x, int32_t inner, int32_t count)
{
    int32x4_t next;

    ECGP_HELIUM_ADD_LINES("32", sum, next, x, inner, count);
    return sum;
}

/** Eight sums of `count` bytes that lie `inner` apart, 255 at most: those of eight neighbours. */
static inline int16x8_t ecgp_helium_sums(const int8_t *x, int32_t inner, int32_t count)
{
    int16x8_t sum = vdupq_n_s16(0);
    int16x8_t next;

    ECGP_HELIUM_ADD_LINES("16", sum, next, x, inner, count);
    return sum;
}

/** Stores the sums of the products of `depth` inputs with four rows of weights. */
static inline void ecgp_helium_rows(const int8_t *x, const int8_t *weights, int32_t depth, int32_t sums[4])
{
    register const int8_t *r1 __asm__("r1") = x;
    register const int8_t *r3 __asm__("r3") = weights;
    register const int8_t *r5 __asm__("r5") = r3 + depth;
    register const int8_t *r8 __asm__("r8") = r5 + depth;
    register const int8_t *r10 __asm__("r10") = r8 + depth;
    register int32_t *r12 __asm__("r12") = sums;
    register int32_t lr __asm__("lr") = depth;

    __asm__ volatile("mov      r0, #0\n\t"
                     "mov      r2, #0\n\t"
                     "mov      r4, #0\n\t"
                     "mov      r6, #0\n\t"
                     "dlstp.8  lr, lr\n"
                     "1:\n\t"
                     "vldrb.u8 q0, [r1], #16\n\t"
                     "vldrb.u8 q1, [r3], #16\n\t"
                     "vmladava.s8 r0, q0, q1\n\t"
                     "vldrb.u8 q2, [r5], #16\n\t"
                     "vmladava.s8 r2, q0, q2\n\t"
                     "vldrb.u8 q3, [r8], #16\n\t"
                     "vmladava.s8 r4, q0, q3\n\t"
                     "vldrb.u8 q1, [r10], #16\n\t"
                     "vmladava.s8 r6, q0, q1\n\t"
                     "letp     lr, 1b\n\t"
                     "stm      r12, {r0, r2, r4, r6}"
                     : "+r"(r1), "+r"(r3), "+r"(r5), "+r"(r8), "+r"(r10), "+r"(lr)
                     : "r"(r12)
                     : "q0", "q1", "q2", "q3", "r0", "r2", "r4", "r6", "cc", "memory");
}

#endif /* ECGP_HELIUM_ASM_H */
