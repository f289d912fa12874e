/**
 * @file ep_pairs.h
 * @brief Two inputs in one word, so that one 32x32 to 64 bit multiply-accumulate (SMLAL) serves two positions.
 *
 * A word holds a + (b << 23). The sum of w * word over a channel's weights is sum(w * a) + (sum(w * b) << 23), and both
 * sums can be read off as long as the lower one stays within 23 signed bits: 128 * sum|w| < 2^22, which the generator
 * proves for every channel. (<< 24 would overflow int32 at b = -128.) Cores without SMLAL hold two int16 instead.
 */
#ifndef EP_PAIRS_H
#define EP_PAIRS_H

#include <stdint.h>

#include "ep_sparse.h"

/** Words that are multiplied side by side; ecgprune/codegen/ops/pairs.py must say the same. */
#define EP_PAIR_WORDS 4

/** What both sums of a word begin at, so that the lower one is never negative: 2^22. */
#define EP_PAIR_START 4194304

/**
 * 1: the assembly below, which takes every register: it needs an optimizing GCC and no frame pointer. 0: the C beside
 * it, with the same results. To be set by hand where the compiler runs out of registers (-fno-omit-frame-pointer).
 */
#ifndef EP_PAIRS_LONG
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && defined(__thumb2__)
#define EP_PAIRS_LONG 1
#else
#define EP_PAIRS_LONG 0
#endif
#endif

/** The word of two inputs. */
static inline int32_t ep_pair(int32_t a, int32_t b)
{
#if EP_PAIRS_LONG
    return a + b * (1 << 23);
#else
    return (int32_t)(((uint32_t)b << 16) | ((uint32_t)a & 0xffffu));
#endif
}

#if EP_PAIRS_LONG

/* In the loops below l0 to l3 and h0 to h3 are the halves of the four words' accumulators, u and v two words. */
#define EP_PAIRS_MULTIPLY                    \
    "smlal %[l0], %[h0], %[w], %[u]\n\t"     \
    "smlal %[l1], %[h1], %[w], %[v]\n\t"     \
    "ldrd  %[u], %[v], [%[x], #8]\n\t"       \
    "smlal %[l2], %[h2], %[w], %[u]\n\t"     \
    "smlal %[l3], %[h3], %[w], %[v]\n\t"
#define EP_PAIRS_ENTRY                       \
    "ldrb  %[u], [%[e]], #1\n\t"             \
    "ldrsb %[w], [%[e]], #1\n\t"             \
    "add   %[x], %[x], %[u], lsl #2\n\t"     \
    "ldrd  %[u], %[v], [%[x]]\n\t"           \
    EP_PAIRS_MULTIPLY

/** Splits a 64-bit sum. */
static inline void ep_pair_split(uint32_t low, uint32_t high, int32_t *lower, int32_t *upper)
{
    *lower = (int32_t)(low & 0x7fffffu);
    *upper = (int32_t)((high << 9) | (low >> 23));
}

/**
 * The weighted sums of one channel at 2 * distance positions, plus EP_PAIR_START.
 *
 * h = 2^13 makes the upper sum begin at EP_PAIR_START too. Two entries a turn; an odd number of them enters in the
 * middle. Eight accumulator halves, two words, the weight and three pointers take all 14 registers there are, which is
 * why this is not left to the compiler.
 */
static inline void ep_pairs_sparse(const uint8_t *entries, const uint8_t *end, const int32_t *words, int32_t distance,
                                   int32_t *sums)
{
    for (const int32_t *const last = words + distance; words != last; words += EP_PAIR_WORDS) {
        const uint8_t *e = entries;
        const int32_t *x = words;
        uint32_t l0 = EP_PAIR_START;
        uint32_t l1 = EP_PAIR_START;
        uint32_t l2 = EP_PAIR_START;
        uint32_t l3 = EP_PAIR_START;
        uint32_t h0 = 1u << 13;
        uint32_t h1 = 1u << 13;
        uint32_t h2 = 1u << 13;
        uint32_t h3 = 1u << 13;
        uint32_t u;
        uint32_t v;
        int32_t weight;

        __asm__("cmp   %[e], %[end]\n\t"
                "beq   3f\n\t"
                "sub   %[u], %[end], %[e]\n\t"
                "lsls  %[u], %[u], #30\n\t"
                "bmi   2f\n"
                "1:\n\t" EP_PAIRS_ENTRY
                "2:\n\t" EP_PAIRS_ENTRY
                "cmp   %[e], %[end]\n\t"
                "bne   1b\n"
                "3:"
                : [l0] "+r"(l0), [h0] "+r"(h0), [l1] "+r"(l1), [h1] "+r"(h1), [l2] "+r"(l2), [h2] "+r"(h2),
                  [l3] "+r"(l3), [h3] "+r"(h3), [e] "+r"(e), [x] "+r"(x), [u] "=&r"(u), [v] "=&r"(v), [w] "=&r"(weight)
                : [end] "r"(end)
                : "cc", "memory");
        ep_pair_split(l0, h0, &sums[0], &sums[distance]);
        ep_pair_split(l1, h1, &sums[1], &sums[distance + 1]);
        ep_pair_split(l2, h2, &sums[2], &sums[distance + 2]);
        ep_pair_split(l3, h3, &sums[3], &sums[distance + 3]);
        sums += EP_PAIR_WORDS;
    }
}

#else

/** The weighted sums of one channel at 2 * distance positions, plus EP_PAIR_START; two words at a time, as registers are few. */
static inline void ep_pairs_sparse(const uint8_t *entries, const uint8_t *end, const int32_t *words, int32_t distance,
                                   int32_t *sums)
{
    for (const int32_t *const last = words + distance; words != last; words += 2) {
        const int32_t *x = words;
        int32_t sum0 = EP_PAIR_START;
        int32_t sum1 = EP_PAIR_START;
        int32_t sum2 = EP_PAIR_START;
        int32_t sum3 = EP_PAIR_START;

        for (const uint8_t *entry = entries; entry != end; entry += EP_SPARSE_ENTRY) {
            const int32_t weight = ep_sparse_weight(entry);

            x += entry[0];
            sum0 += weight * (int16_t)x[0];
            sum1 += weight * (x[0] >> 16);
            sum2 += weight * (int16_t)x[1];
            sum3 += weight * (x[1] >> 16);
        }
        sums[0] = sum0;
        sums[1] = sum2;
        sums[distance] = sum1;
        sums[distance + 1] = sum3;
        sums += 2;
    }
}

#endif

#endif /* EP_PAIRS_H */
