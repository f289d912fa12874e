/**
 * @file ecgp_helium_rescale.h
 * @brief ecgp_requantize() for the sums of a tile, four output channels at once, max pooling of two positions included.
 *
 * 1. round(value * multiplier / 2^31), half up, is VQRDMULH; nothing saturates, as no multiplier is negative.
 * 2. Adding -1 where the value is negative makes VRSHL, which rounds half up, round ties away from zero.
 *    Where outputs are cut off at their zero point or above (ReLU), negative values need no such care.
 * This holds for shifts -31 to -1. Requantization is monotone within a channel: the largest sum gives the largest output.
 */
#ifndef ECGP_HELIUM_RESCALE_H
#define ECGP_HELIUM_RESCALE_H

#include "ecgp_helium.h"
#include "ecgp_requant.h"

#if ECGP_HELIUM

/** The outputs of channels c to c + 3 from their sums, for any shift, as there are but four of them. */
static inline int32x4_t ecgp_helium_four(const ecgp_requant *q, int32_t c, int32x4_t sums)
{
    const int32x4_t shift = vldrbq_s32(q->shift + c);
    const int32x4_t right = vminq_s32(shift, vdupq_n_s32(0));
    int32x4_t value = vaddq_s32(sums, vldrwq_s32(q->bias + c));

    value = vshlq_s32(value, vsubq_s32(shift, right));
    value = vqrdmulhq_s32(value, vldrwq_s32(q->multiplier + c));
    value = vaddq_s32(value, vshrq_n_s32(vandq_s32(value, right), 31)); /* without a shift there is no tie */
    value = vaddq_n_s32(vrshlq_s32(value, right), q->zero_point);
    return vminq_s32(vmaxq_s32(value, vdupq_n_s32(q->min)), vdupq_n_s32(q->max));
}

/* One output of four channels, from sums in q `t`, which the bias has yet to be added to; `away`: what rounds ties. */
#define ECGP_HELIUM_AWAY "vshr.s32 %q[u], %q[t], #31\n\tvadd.i32 %q[t], %q[t], %q[u]\n\t"
#define ECGP_HELIUM_RESCALE(away, to)               \
    "vadd.i32     %q[t], %q[t], %q[b]\n\t"        \
    "vqrdmulh.s32 %q[t], %q[t], %q[m]\n\t" away   \
    "vrshl.s32    %q[t], %q[t], %q[r]\n\t"        \
    "vadd.i32     %q[t], %q[t], %[zero]\n\t"      \
    "vmax.s32     %q[t], %q[t], %q[min]\n\t"      \
    "vmin.s32     %q[t], %q[t], %q[max]\n\t"      \
    "vstrb.32     %q[t], [%[" to "]], #4\n\t"
#define ECGP_HELIUM_ONE(away, at, to) "vldrw.u32 %q[t], [%q[s], #" at "]\n\t" ECGP_HELIUM_RESCALE(away, to)
#define ECGP_HELIUM_TWO(away, at, next, to)     \
    "vldrw.u32 %q[t], [%q[s], #" at "]\n\t"   \
    "vldrw.u32 %q[u], [%q[s], #" next "]\n\t" \
    "vmax.s32 %q[t], %q[t], %q[u]\n\t" ECGP_HELIUM_RESCALE(away, to)
/* Four channels a turn, the last ones by tail predication; s: the addresses of their first sums. */
#define ECGP_HELIUM_LOOP(positions)              \
    "dlstp.32  lr, %[outputs]\n"               \
    "1:\n\t"                                   \
    "vldrw.u32 %q[b], [%[bias]], #16\n\t"      \
    "vldrw.u32 %q[m], [%[factor]], #16\n\t"    \
    "vldrb.s32 %q[r], [%[shift]], #4\n\t"      \
    positions                                  \
    "vadd.i32  %q[s], %q[s], %[next]\n\t"      \
    "letp      lr, 1b"
#define ECGP_HELIUM_EACH(away)                                                                                  \
    ECGP_HELIUM_LOOP(ECGP_HELIUM_ONE(away, "0", "o0") ECGP_HELIUM_ONE(away, "4", "o1") ECGP_HELIUM_ONE(away, "8", "o2") \
                   ECGP_HELIUM_ONE(away, "12", "o3") ECGP_HELIUM_ONE(away, "16", "o4") ECGP_HELIUM_ONE(away, "20", "o5"))
#define ECGP_HELIUM_POOLED(away)                                                                                \
    ECGP_HELIUM_LOOP(ECGP_HELIUM_TWO(away, "0", "4", "o0") ECGP_HELIUM_TWO(away, "8", "12", "o1")                      \
                   ECGP_HELIUM_TWO(away, "16", "20", "o2"))
#define ECGP_HELIUM_CHANGED                                                                                       \
    [o0] "+r"(r0), [o1] "+r"(r1), [o2] "+r"(r2), [shift] "+r"(r6), [bias] "+r"(r8), [factor] "+r"(r9),          \
        [s] "+w"(s), [b] "=&w"(b), [m] "=&w"(m), [r] "=&w"(r), [t] "=&w"(t), [u] "=&w"(u)
#define ECGP_HELIUM_MORE [o3] "+r"(r3), [o4] "+r"(r4), [o5] "+r"(r5)
#define ECGP_HELIUM_GIVEN [zero] "r"(r10), [outputs] "r"(r11), [next] "r"(r12), [min] "w"(min), [max] "w"(max)

/**
 * The outputs of a tile, or, with pool == 2, the largest of each two of them.
 *
 * @param sums    [outputs][ECGP_HELIUM_TILE]
 * @param output  [ECGP_HELIUM_TILE / pool][outputs]
 */
static inline void ecgp_helium_finish(const ecgp_requant *q, const int32_t *sums, int32_t outputs, int32_t pool,
                                    int8_t *output)
{
    const uint32_t bytes = 4 * ECGP_HELIUM_TILE;
    const int plain = q->min >= q->zero_point;
    const int32x4_t min = vdupq_n_s32(q->min);
    const int32x4_t max = vdupq_n_s32(q->max);
    uint32x4_t s = vaddq_n_u32(vmulq_n_u32(vidupq_n_u32(0, 1), bytes), (uint32_t)sums);
    int32x4_t b;
    int32x4_t m;
    int32x4_t r;
    int32x4_t t;
    int32x4_t u;
    register int8_t *r0 __asm__("r0") = output; /* narrowing stores and widening loads know r0 to r7 only */
    register int8_t *r1 __asm__("r1") = r0 + outputs;
    register int8_t *r2 __asm__("r2") = r1 + outputs;
    register const int8_t *r6 __asm__("r6") = q->shift;
    register const int32_t *r8 __asm__("r8") = q->bias;
    register const int32_t *r9 __asm__("r9") = q->multiplier;
    register int32_t r10 __asm__("r10") = q->zero_point;
    register int32_t r11 __asm__("r11") = outputs;
    register uint32_t r12 __asm__("r12") = 4 * bytes;

    if (pool == 2 && plain) {
        __asm__ volatile(ECGP_HELIUM_POOLED("") : ECGP_HELIUM_CHANGED : ECGP_HELIUM_GIVEN : "lr", "cc", "memory");
    } else if (pool == 2) {
        __asm__ volatile(ECGP_HELIUM_POOLED(ECGP_HELIUM_AWAY) : ECGP_HELIUM_CHANGED : ECGP_HELIUM_GIVEN : "lr", "cc", "memory");
    } else {
        register int8_t *r3 __asm__("r3") = r2 + outputs;
        register int8_t *r4 __asm__("r4") = r3 + outputs;
        register int8_t *r5 __asm__("r5") = r4 + outputs;

        if (plain) {
            __asm__ volatile(ECGP_HELIUM_EACH("") : ECGP_HELIUM_CHANGED, ECGP_HELIUM_MORE : ECGP_HELIUM_GIVEN
                             : "lr", "cc", "memory");
        } else {
            __asm__ volatile(ECGP_HELIUM_EACH(ECGP_HELIUM_AWAY) : ECGP_HELIUM_CHANGED, ECGP_HELIUM_MORE : ECGP_HELIUM_GIVEN
                             : "lr", "cc", "memory");
        }
    }
}

#else

/** See above. */
static inline void ecgp_helium_finish(const ecgp_requant *q, const int32_t *sums, int32_t outputs, int32_t pool,
                                    int8_t *output)
{
    for (int32_t c = 0; c < outputs; c++) {
        int32_t values[ECGP_HELIUM_TILE];
        int32_t count = 0;

        for (int32_t k = 0; k < ECGP_HELIUM_TILE; k += pool) {
            const int32_t sum = pool == 2 && sums[k + 1] > sums[k] ? sums[k + 1] : sums[k];

            values[count++] = sum + q->bias[c];
        }
        ecgp_requantize(q, c, values, count, output + c, outputs);
        sums += ECGP_HELIUM_TILE;
    }
}

#endif

#endif /* ECGP_HELIUM_RESCALE_H */
