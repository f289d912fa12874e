/**
 * @file ecgp_helium_gather.h
 * @brief Sums of the nonzero weights of a channel on Helium: their inputs are gathered, 16 bytes in one instruction.
 *
 * A channel is a run of chunks. By weight, a chunk is 16 offsets (uint8) and 16 weights: a load with a vector of offsets
 * fetches the 16 inputs of one position. By block, it is four block indices (uint8) and the four weights of each: the
 * same with four words. The next position's offsets are `step` larger, so two vectors of offsets and three pointers
 * serve six positions: a chunk takes 16 instructions for 96 products. Offsets fit a byte, as a field is cut into
 * segments of which segment + step <= 256 (by block: 1024 bytes); the channels of one segment come before the next.
 */
#ifndef ECGP_HELIUM_GATHER_H
#define ECGP_HELIUM_GATHER_H

#include "ecgp_helium.h"

/** What follows the chunk counts of a segment's channels; helium.py must say the same. */
#define ECGP_HELIUM_END 255

#if ECGP_HELIUM

/* One channel after the other: `start` loads its sums or zeros, `load` a chunk's offsets, `fetch` the inputs there. */
#define ECGP_HELIUM_POSITION(sum, at, fetch, scale)  \
    fetch " %q[d], [" at scale "]\n\t"             \
    "vmladava.s8 " sum ", %q[d], %q[w]\n\t"
#define ECGP_HELIUM_GATHER(start, load, add, fetch, scale)                                   \
    __asm__ volatile("ldrb %[count], [%[counts]], #1\n"                                    \
                     "1:\n\t"                                                              \
                     "ldm  %[" start "], " ECGP_HELIUM_SUMS "\n\t"                           \
                     "wls  lr, %[count], 3f\n"                                             \
                     "2:\n\t"                                                              \
                     load "\n\t"                                                           \
                     "vldrb.u8 %q[w], [%[e]], #16\n\t"                                     \
                     add " %q[p], %q[o], %q[step]\n\t"                                     \
                     ECGP_HELIUM_POSITION("r0", "%[x0], %q[o]", fetch, scale)                \
                     ECGP_HELIUM_POSITION("r2", "%[x0], %q[p]", fetch, scale)                \
                     ECGP_HELIUM_POSITION("r4", "%[x2], %q[o]", fetch, scale)                \
                     ECGP_HELIUM_POSITION("r6", "%[x2], %q[p]", fetch, scale)                \
                     ECGP_HELIUM_POSITION("r8", "%[x4], %q[o]", fetch, scale)                \
                     ECGP_HELIUM_POSITION("r10", "%[x4], %q[p]", fetch, scale)               \
                     "le   lr, 2b\n"                                                       \
                     "3:\n\t"                                                              \
                     "stm  %[s]!, " ECGP_HELIUM_SUMS "\n\t"                                  \
                     "ldrb %[count], [%[counts]], #1\n\t"                                  \
                     "cmp  %[count], #255\n\t"                                             \
                     "bne  1b"                                                             \
                     : [e] "+r"(r1), [counts] "+r"(r7), [s] "+r"(r11), [count] "=&r"(lr), [o] "=&w"(o),   \
                       [p] "=&w"(p), [w] "=&w"(w), [d] "=&w"(d)                            \
                     : [x0] "r"(r3), [x2] "r"(r5), [x4] "r"(r9), [zeros] "r"(r12), [step] "w"(next)       \
                     : "r0", "r2", "r4", "r6", "r8", "r10", "cc", "memory")
#define ECGP_HELIUM_WEIGHTS(start) \
    ECGP_HELIUM_GATHER(start, "vldrb.u8 %q[o], [%[e]], #16", "vadd.i8", "vldrb.u8", "")
#define ECGP_HELIUM_BLOCKS(start) \
    ECGP_HELIUM_GATHER(start, "vldrb.u32 %q[o], [%[e]], #4", "vadd.i32", "vldrw.u32", ", uxtw #2")
#define ECGP_HELIUM_REGISTERS                                        \
    static const int32_t zeros[ECGP_HELIUM_TILE] = {0};              \
    register const uint8_t *r1 __asm__("r1") = entries;            \
    register const int8_t *r3 __asm__("r3") = x;                   \
    register const int8_t *r5 __asm__("r5") = x + 2 * step;        \
    register const uint8_t *r7 __asm__("r7") = counts;             \
    register const int8_t *r9 __asm__("r9") = x + 4 * step;        \
    register int32_t *r11 __asm__("r11") = sums;                   \
    register const int32_t *r12 __asm__("r12") = zeros;            \
    register uint32_t lr __asm__("lr");                            \
    uint8x16_t w;                                                  \
    uint8x16_t d

/**
 * Adds the weights of one segment to the sums of every channel, or, the first time, sets them.
 *
 * @param x        the first position's input of the segment; the next position's is `step` bytes further
 * @param counts   chunks of each channel, then ECGP_HELIUM_END
 * @param entries  their chunks
 * @param sums     [channels][ECGP_HELIUM_TILE]
 * @return         the entries behind
 */
static inline const uint8_t *ecgp_helium_weights(const int8_t *x, int32_t step, const uint8_t *counts,
                                               const uint8_t *entries, int first, int32_t *sums)
{
    const uint8x16_t next = vdupq_n_u8((uint8_t)step);
    uint8x16_t o;
    uint8x16_t p;
    ECGP_HELIUM_REGISTERS;

    if (first != 0) {
        ECGP_HELIUM_WEIGHTS("zeros");
    } else {
        ECGP_HELIUM_WEIGHTS("s");
    }
    return r1;
}

/** The same by block: x and step are multiples of 4. */
static inline const uint8_t *ecgp_helium_blocks(const int8_t *x, int32_t step, const uint8_t *counts,
                                              const uint8_t *entries, int first, int32_t *sums)
{
    const uint32x4_t next = vdupq_n_u32((uint32_t)step / 4u);
    uint32x4_t o;
    uint32x4_t p;
    ECGP_HELIUM_REGISTERS;

    if (first != 0) {
        ECGP_HELIUM_BLOCKS("zeros");
    } else {
        ECGP_HELIUM_BLOCKS("s");
    }
    return r1;
}

#else

/** The sum of one channel's chunks at one position; groups of `width` weights lie at `width` times their offset. */
static inline int32_t ecgp_helium_gathered(const int8_t *x, const uint8_t *entries, int32_t chunks, int32_t width,
                                         int32_t sum)
{
    const int32_t groups = ECGP_HELIUM_TAPS / width;

    for (; chunks != 0; chunks--) {
        for (int32_t i = 0; i < ECGP_HELIUM_TAPS; i++) {
            sum += (int8_t)entries[groups + i] * x[entries[i / width] * width + i % width];
        }
        entries += groups + ECGP_HELIUM_TAPS;
    }
    return sum;
}

static inline const uint8_t *ecgp_helium_gather(const int8_t *x, int32_t step, const uint8_t *counts,
                                              const uint8_t *entries, int32_t width, int first, int32_t *sums)
{
    for (; *counts != ECGP_HELIUM_END; counts++) {
        for (int32_t k = 0; k < ECGP_HELIUM_TILE; k++) {
            sums[k] = ecgp_helium_gathered(x + k * step, entries, *counts, width, first != 0 ? 0 : sums[k]);
        }
        entries += *counts * (ECGP_HELIUM_TAPS / width + ECGP_HELIUM_TAPS);
        sums += ECGP_HELIUM_TILE;
    }
    return entries;
}

/** See above. */
static inline const uint8_t *ecgp_helium_weights(const int8_t *x, int32_t step, const uint8_t *counts,
                                               const uint8_t *entries, int first, int32_t *sums)
{
    return ecgp_helium_gather(x, step, counts, entries, 1, first, sums);
}

/** See above. */
static inline const uint8_t *ecgp_helium_blocks(const int8_t *x, int32_t step, const uint8_t *counts,
                                              const uint8_t *entries, int first, int32_t *sums)
{
    return ecgp_helium_gather(x, step, counts, entries, 4, first, sums);
}

#endif

#endif /* ECGP_HELIUM_GATHER_H */
