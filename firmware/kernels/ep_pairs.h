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

/** Words that are multiplied side by side, and the positions that they hold. */
#define EP_PAIR_WORDS 4
#define EP_PAIR_POSITIONS 8

#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 2
#define EP_PAIRS_LONG 1
#else
#define EP_PAIRS_LONG 0
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

/** Four accumulators of 64 bits, lower halves first. They begin at 2^22, so that no lower sum is ever negative. */
typedef struct {
    uint32_t low[EP_PAIR_WORDS];
    uint32_t high[EP_PAIR_WORDS];
} ep_pair_sums;

#define EP_PAIR_SUMS_INIT {{1u << 22, 1u << 22, 1u << 22, 1u << 22}, {0u, 0u, 0u, 0u}}

/** Splits the accumulators: sums[0..3] belong to the words' lower inputs, sums[4..7] to the upper ones. */
static inline void ep_pairs_split(const ep_pair_sums *s, int32_t sums[EP_PAIR_POSITIONS])
{
    for (int k = 0; k < EP_PAIR_WORDS; k++) {
        sums[k] = (int32_t)(s->low[k] & 0x7fffffu) - (1 << 22);
        sums[k + EP_PAIR_WORDS] = (int32_t)((s->high[k] << 9) | (s->low[k] >> 23));
    }
}

/* In the loops below: r = the four words' accumulators, %[u] and %[v] = two words at a time. */
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

/**
 * The weighted sums of one channel at EP_PAIR_POSITIONS positions.
 *
 * Two entries a turn; an odd number of them enters in the middle. Eight accumulator halves, two words, the weight and
 * three pointers take all 14 registers there are, which is why this is not left to the compiler.
 */
static inline void ep_pairs_sparse(const uint8_t *entries, const uint8_t *end, const int32_t *x,
                                   int32_t sums[EP_PAIR_POSITIONS])
{
    ep_pair_sums s = EP_PAIR_SUMS_INIT;
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
            : [l0] "+r"(s.low[0]), [h0] "+r"(s.high[0]), [l1] "+r"(s.low[1]), [h1] "+r"(s.high[1]),
              [l2] "+r"(s.low[2]), [h2] "+r"(s.high[2]), [l3] "+r"(s.low[3]), [h3] "+r"(s.high[3]),
              [e] "+r"(entries), [x] "+r"(x), [u] "=&r"(u), [v] "=&r"(v), [w] "=&r"(weight)
            : [end] "r"(end)
            : "cc", "memory");
    ep_pairs_split(&s, sums);
}

#else

/** The weighted sums of one channel at EP_PAIR_POSITIONS positions; two words at a time, as registers are few. */
static inline void ep_pairs_sparse(const uint8_t *entries, const uint8_t *end, const int32_t *x,
                                   int32_t sums[EP_PAIR_POSITIONS])
{
    for (int k = 0; k < EP_PAIR_WORDS; k += 2) {
        const int32_t *in = x + k;
        int32_t sum0 = 0;
        int32_t sum1 = 0;
        int32_t sum2 = 0;
        int32_t sum3 = 0;

        for (const uint8_t *entry = entries; entry != end; entry += EP_SPARSE_ENTRY) {
            const int32_t weight = ep_sparse_weight(entry);

            in += entry[0];
            sum0 += weight * (int16_t)in[0];
            sum1 += weight * (in[0] >> 16);
            sum2 += weight * (int16_t)in[1];
            sum3 += weight * (in[1] >> 16);
        }
        sums[k] = sum0;
        sums[k + EP_PAIR_WORDS] = sum1;
        sums[k + 1] = sum2;
        sums[k + 1 + EP_PAIR_WORDS] = sum3;
    }
}

#endif

#endif /* EP_PAIRS_H */
