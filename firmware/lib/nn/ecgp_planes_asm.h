/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_planes_asm.h
 * @brief Assembly of ecgp_conv_sparse_planes.c, where ECGP_HELIUM, ECGP_ASSEMBLY and
 *        ECGP_OPTIMIZED are 1: sums and operands take nearly all registers.
 */
#ifndef ECGP_PLANES_ASM_H
#define ECGP_PLANES_ASM_H

#include "ecgp_helium.h"

/** Sums of 24 positions: each is 256 * high + low. */
typedef struct {
    int16x8_t low[3];
    int16x8_t high[3];
} ecgp_planes_sums;

/** Where the outputs of a channel go. */
typedef struct {
    uint32_t offsets[4]; /**< of four outputs, in bytes */
    int32_t counts[6];   /**< outputs to write of each four, 0 to 4 */
    int32_t odd;         /**< bytes from the outputs of even positions to those of odd ones; unused where two are pooled */
    int32_t step;        /**< and from there to the next four: together what four, or eight, positions take */
} ecgp_planes_places;

/*
 * Groups of weights, which give in their upper half where in the planes their inputs begin. Eight positions lie side by
 * side in a vector, one load and one VMLA serve a weight. VMLA does not widen: before a group VQDMLAH adds what passes 256
 * of the sums to `high` (2 * low * 128 / 65536, rounded down), and VBIC takes it from them.
 * Three weights take 29 cycles for 72 products, two take 22 for 48.
 */
#define ECGP_PLANES_FIRST                            \
    "vqdmlah.s16 %q[d], %q[a], r8\n\t"               \
    "add         r3, r1, r4, lsr #16\n\t"            \
    "vbic.i16    %q[a], #0xff00\n\t"                 \
    "vqdmlah.s16 %q[e], %q[b], r8\n\t"               \
    "vldrb.s16   %q[x], [r3]\n\t"                    \
    "vbic.i16    %q[b], #0xff00\n\t"                 \
    "vqdmlah.s16 %q[f], %q[c], r8\n\t"               \
    "vldrb.s16   %q[y], [r3, #8]\n\t"                \
    "vbic.i16    %q[c], #0xff00\n\t"                 \
    "add         r7, r1, r5, lsr #16\n\t"            \
    "vmla.s16    %q[a], %q[x], r4\n\t"               \
    "vldrb.s16   %q[x], [r3, #16]\n\t"               \
    "vmla.s16    %q[b], %q[y], r4\n\t"               \
    "vldrb.s16   %q[y], [r7]\n\t"
#define ECGP_PLANES_SECOND                           \
    "vmla.s16    %q[c], %q[x], r4\n\t"               \
    "vldrb.s16   %q[x], [r7, #8]\n\t"                \
    "vmla.s16    %q[a], %q[y], r5\n\t"               \
    "vldrb.s16   %q[y], [r7, #16]\n\t"               \
    "vmla.s16    %q[b], %q[x], r5\n\t"

/**
 * Adds up a channel's weights.
 *
 * @param counts  groups of three weights, and groups of two
 * @return        the entries behind
 */
static inline const int32_t *ecgp_planes_groups(const int8_t *planes, const int32_t *entries, const uint16_t counts[2],
                                                ecgp_planes_sums *sums)
{
    int16x8_t a = sums->low[0];
    int16x8_t b = sums->low[1];
    int16x8_t c = sums->low[2];
    int16x8_t d = sums->high[0];
    int16x8_t e = sums->high[1];
    int16x8_t f = sums->high[2];
    int16x8_t x;
    int16x8_t y;

    register const int32_t *r0 __asm__("r0") = entries;
    /* cppcheck-suppress constStatement ; a variable in a register */
    register const int8_t *r1 __asm__("r1") = planes;
    /* cppcheck-suppress constStatement ; a variable in a register */
    register const uint16_t *r2 __asm__("r2") = counts;
    int32_t saved[5]; /* of registers that a compiler needs for the sums' addresses, and takes for its frame */
    register int32_t *r12 __asm__("r12") = saved;

    __asm__ volatile("stm         r12, {r4, r5, r6, r7, r8}\n\t"
                     "ldrh        lr, [r2]\n\t"
                     "mov         r8, #128\n\t"
                     "wls         lr, lr, 2f\n\t"
                     ".p2align 2\n"
                     "1:\n\t"
                     "ldm         r0!, {r4, r5, r6}\n\t"
                     ECGP_PLANES_FIRST
                     "add         r3, r1, r6, lsr #16\n\t"
                     ECGP_PLANES_SECOND
                     "vldrb.s16   %q[x], [r3]\n\t"
                     "vmla.s16    %q[c], %q[y], r5\n\t"
                     "vldrb.s16   %q[y], [r3, #8]\n\t"
                     "vmla.s16    %q[a], %q[x], r6\n\t"
                     "vldrb.s16   %q[x], [r3, #16]\n\t"
                     "vmla.s16    %q[b], %q[y], r6\n\t"
                     "vmla.s16    %q[c], %q[x], r6\n\t"
                     "le          lr, 1b\n"
                     "2:\n\t"
                     "ldrh        lr, [r2, #2]\n\t"
                     "wls         lr, lr, 4f\n\t"
                     ".p2align 2\n"
                     "3:\n\t"
                     "ldrd        r4, r5, [r0], #8\n\t"
                     ECGP_PLANES_FIRST
                     ECGP_PLANES_SECOND
                     "vmla.s16    %q[c], %q[y], r5\n\t"
                     "le          lr, 3b\n"
                     "4:\n\t"
                     "ldm         r12, {r4, r5, r6, r7, r8}"
                     : [a] "+&w"(a), [b] "+&w"(b), [c] "+&w"(c), [d] "+&w"(d), [e] "+&w"(e), [f] "+&w"(f), [x] "=&w"(x),
                       [y] "=&w"(y), "+r"(r0)
                     : "r"(r1), "r"(r2), "r"(r12)
                     : "r3", "lr", "cc", "memory");
    sums->low[0] = a;
    sums->low[1] = b;
    sums->low[2] = c;
    sums->high[0] = d;
    sums->high[1] = e;
    sums->high[2] = f;
    return r0;
}

/* lr holds 128, then the zero point, then counts. From sums to outputs: `even` and `odd` positions, 2 * high * 128 + low; then factor, shift, zero point, limits. */
#define ECGP_PLANES_WIDEN(even, odd, low, high, x, y)  \
    "vqdmullb.s16 " even ", " high ", lr\n\t"           \
    "vqdmullt.s16 " odd ", " high ", lr\n\t"            \
    "vmovlb.s16   " x ", " low "\n\t"                   \
    "vmovlt.s16   " y ", " low "\n\t"                   \
    "vadd.i32     " even ", " even ", " x "\n\t"        \
    "vadd.i32     " odd ", " odd ", " y "\n\t"
#define ECGP_PLANES_AWAY(value, spare) \
    "vshr.s32     " spare ", " value ", #31\n\tvadd.i32 " value ", " value ", " spare "\n\t"
#define ECGP_PLANES_PLAIN(value, spare) ""
#define ECGP_PLANES_TIMES(value) "vqrdmulh.s32 " value ", " value ", %[m]\n\t"
#define ECGP_PLANES_SHIFT(value) "vrshl.s32    " value ", %[shift]\n\t"
#define ECGP_PLANES_ZERO(value) "vadd.i32     " value ", " value ", lr\n\t"
#define ECGP_PLANES_LIMITS(min, max)                                               \
    "ldr          lr, [%[q], #20]\n\tvdup.32 " min ", lr\n\t"                       \
    "ldr          lr, [%[q], #24]\n\tvdup.32 " max ", lr\n\tldr lr, [%[q], #16]\n\t"
#define ECGP_PLANES_RAISE(value, min) "vmax.s32     " value ", " value ", " min "\n\t"
#define ECGP_PLANES_LOWER(value, max) "vmin.s32     " value ", " value ", " max "\n\t"
#define ECGP_PLANES_STORE(value, offsets, count, step) \
    "ldr          lr, [%[places], #" count "]\n\t"      \
    "vctp.32      lr\n\t"                               \
    "vpst\n\t"                                          \
    "vstrbt.32    " value ", [%[to], " offsets "]\n\t" step
#define ECGP_PLANES_STEP(by) "add          %[to], %[to], %[" by "]\n\t"
/* Two positions pooled: three vectors of outputs, in x, a and d. */
#define ECGP_PLANES_POOLED(away)                                                                          \
    ECGP_PLANES_WIDEN("%q[x]", "%q[y]", "%q[a]", "%q[d]", "%q[d]", "%q[a]")                               \
    "vmax.s32     %q[x], %q[x], %q[y]\n\t"                                                                \
    ECGP_PLANES_WIDEN("%q[a]", "%q[d]", "%q[b]", "%q[e]", "%q[e]", "%q[b]")                               \
    ECGP_PLANES_TIMES("%q[x]")                                                                            \
    "vmax.s32     %q[a], %q[a], %q[d]\n\t"                                                                \
    ECGP_PLANES_WIDEN("%q[d]", "%q[y]", "%q[c]", "%q[f]", "%q[f]", "%q[c]")                               \
    ECGP_PLANES_TIMES("%q[a]")                                                                            \
    "vmax.s32     %q[d], %q[d], %q[y]\n\t"                                                                \
    away("%q[x]", "%q[y]") away("%q[a]", "%q[b]")                                                         \
    ECGP_PLANES_TIMES("%q[d]") ECGP_PLANES_SHIFT("%q[x]") ECGP_PLANES_SHIFT("%q[a]") away("%q[d]", "%q[c]") \
    ECGP_PLANES_LIMITS("%q[b]", "%q[c]")                                                                  \
    ECGP_PLANES_ZERO("%q[x]") ECGP_PLANES_ZERO("%q[a]") ECGP_PLANES_SHIFT("%q[d]")                        \
    "ldr          %[m], [%[places], #44]\n\t"                                                             \
    ECGP_PLANES_RAISE("%q[x]", "%q[b]") ECGP_PLANES_RAISE("%q[a]", "%q[b]")                               \
    "vldrw.u32    %q[f], [%[places]]\n\t"                                                                 \
    ECGP_PLANES_ZERO("%q[d]") ECGP_PLANES_LOWER("%q[x]", "%q[c]") ECGP_PLANES_LOWER("%q[a]", "%q[c]")     \
    ECGP_PLANES_STORE("%q[x]", "%q[f]", "16", ECGP_PLANES_STEP("m"))                                   \
    ECGP_PLANES_RAISE("%q[d]", "%q[b]")                                                                   \
    ECGP_PLANES_STORE("%q[a]", "%q[f]", "20", ECGP_PLANES_STEP("m"))                                   \
    ECGP_PLANES_LOWER("%q[d]", "%q[c]")                                                                   \
    ECGP_PLANES_STORE("%q[d]", "%q[f]", "24", "")
/* Six vectors of outputs: x a e of even positions, y d b of odd ones. */
#define ECGP_PLANES_BOTH(one, x, y) one(x) one(y)
#define ECGP_PLANES_ALL(one) ECGP_PLANES_BOTH(one, "%q[x]", "%q[y]") ECGP_PLANES_BOTH(one, "%q[a]", "%q[d]") \
    ECGP_PLANES_BOTH(one, "%q[e]", "%q[b]")
#define ECGP_PLANES_LIMITED(value) ECGP_PLANES_RAISE(value, "%q[c]") ECGP_PLANES_LOWER(value, "%q[f]")
#define ECGP_PLANES_EACH(away)                                                                            \
    ECGP_PLANES_WIDEN("%q[x]", "%q[y]", "%q[a]", "%q[d]", "%q[d]", "%q[a]")                               \
    ECGP_PLANES_WIDEN("%q[a]", "%q[d]", "%q[b]", "%q[e]", "%q[e]", "%q[b]")                               \
    ECGP_PLANES_BOTH(ECGP_PLANES_TIMES, "%q[x]", "%q[y]")                                                 \
    ECGP_PLANES_WIDEN("%q[e]", "%q[b]", "%q[c]", "%q[f]", "%q[f]", "%q[c]")                               \
    ECGP_PLANES_BOTH(ECGP_PLANES_TIMES, "%q[a]", "%q[d]")                                                 \
    away("%q[x]", "%q[c]") ECGP_PLANES_BOTH(ECGP_PLANES_TIMES, "%q[e]", "%q[b]") away("%q[y]", "%q[f]")   \
    away("%q[a]", "%q[c]") away("%q[d]", "%q[f]") away("%q[e]", "%q[c]") away("%q[b]", "%q[f]")           \
    ECGP_PLANES_ALL(ECGP_PLANES_SHIFT)                                                                    \
    ECGP_PLANES_LIMITS("%q[c]", "%q[f]")                                                                  \
    ECGP_PLANES_ALL(ECGP_PLANES_ZERO)                                                                     \
    ECGP_PLANES_ALL(ECGP_PLANES_LIMITED)                                                                  \
    "vldrw.u32    %q[c], [%[places]]\n\t"                                                                 \
    "ldrd         %[m], %[shift], [%[places], #40]\n\t"                                                   \
    ECGP_PLANES_STORE("%q[x]", "%q[c]", "16", ECGP_PLANES_STEP("m"))                                      \
    ECGP_PLANES_STORE("%q[y]", "%q[c]", "20", ECGP_PLANES_STEP("shift"))                                  \
    ECGP_PLANES_STORE("%q[a]", "%q[c]", "24", ECGP_PLANES_STEP("m"))                                      \
    ECGP_PLANES_STORE("%q[d]", "%q[c]", "28", ECGP_PLANES_STEP("shift"))                                  \
    ECGP_PLANES_STORE("%q[e]", "%q[c]", "32", ECGP_PLANES_STEP("m"))                                      \
    ECGP_PLANES_STORE("%q[b]", "%q[c]", "36", "")
#define ECGP_PLANES_OUTPUTS(outputs)                                                                             \
    __asm__ volatile("mov lr, #128\n\t" outputs                                                                  \
                     : [a] "+&w"(a), [b] "+&w"(b), [c] "+&w"(c), [d] "+&w"(d), [e] "+&w"(e), [f] "+&w"(f),       \
                       [x] "=&w"(x), [y] "=&w"(y), [to] "+&r"(to), [m] "+&r"(m), [shift] "+&r"(shift)            \
                     : [places] "r"(places), [q] "r"(q)                                                          \
                     : "lr", "cc", "memory")

/** Writes the outputs of channel c from `to` on; pool as in ecgp_conv_sparse_planes_params. */
static inline void ecgp_planes_finish(const ecgp_requant *q, int32_t c_index, const ecgp_planes_places *places, int32_t pool,
                                      const ecgp_planes_sums *sums, int8_t *to)
{
    const int plain = q->min >= q->zero_point;
    int32_t m = q->multiplier[c_index];
    int32_t shift = q->shift[c_index];
    int16x8_t a = sums->low[0];
    int16x8_t b = sums->low[1];
    int16x8_t c = sums->low[2];
    int16x8_t d = sums->high[0];
    int16x8_t e = sums->high[1];
    int16x8_t f = sums->high[2];
    int16x8_t x;
    int16x8_t y;

    if (pool == 2 && plain) {
        ECGP_PLANES_OUTPUTS(ECGP_PLANES_POOLED(ECGP_PLANES_PLAIN));
    } else if (pool == 2) {
        ECGP_PLANES_OUTPUTS(ECGP_PLANES_POOLED(ECGP_PLANES_AWAY));
    } else if (plain) {
        ECGP_PLANES_OUTPUTS(ECGP_PLANES_EACH(ECGP_PLANES_PLAIN));
    } else {
        ECGP_PLANES_OUTPUTS(ECGP_PLANES_EACH(ECGP_PLANES_AWAY));
    }
}

#endif /* ECGP_PLANES_ASM_H */
