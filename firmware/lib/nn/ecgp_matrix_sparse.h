/**
 * @file ecgp_matrix_sparse.h
 * @brief Inner products over the weights of a row that are not zero, one by one or four in a block.
 *
 * 1. Distances lie beside their weights, four in a word: UXTAB moves the input pointer by one of its bytes, so that
 *    they are never unpacked.
 * 2. A block is four weights that follow one another. Its inputs are spread to int16 once a row, evens before odds:
 *    SXTB16 spreads weights in that order, and LDRD fetches the four.
 * See ecgp_matrix.h for the bound; ecgprune/codegen/kernels/matrix.py packs both streams.
 */
#ifndef ECGP_MATRIX_SPARSE_H
#define ECGP_MATRIX_SPARSE_H

#include <stdint.h>

#include "ecgp_matrix.h"

/**
 * One output over a sparse stream: the sum of the products of the weights up to `end` and their inputs.
 *
 * A group is a word of four distances, unsigned bytes, and a word of four weights. The distances are counted from the
 * input of the last weight of the group before, and rise.
 */
static inline int32_t ecgp_matrix_groups(const int32_t *groups, const int32_t *end, const int8_t *x)
{
    int32_t acc = 0;

#if ECGP_MATRIX_LONG
#define ECGP_MATRIX_GROUP(distances, weights)                 \
    "uxtab  %[t], %[x], " distances "\n\t"                  \
    "sxtb16 %[v], " weights "\n\t"                          \
    "ldrsb  %[t], [%[t]]\n\t"                               \
    "smlabb %[acc], %[v], %[t], %[acc]\n\t"                 \
    "uxtab  %[t], %[x], " distances ", ror #16\n\t"         \
    "sxtb16 " weights ", " weights ", ror #8\n\t"           \
    "ldrsb  %[t], [%[t]]\n\t"                               \
    "smlatb %[acc], %[v], %[t], %[acc]\n\t"                 \
    "uxtab  %[t], %[x], " distances ", ror #8\n\t"          \
    "ldrsb  %[t], [%[t]]\n\t"                               \
    "smlabb %[acc], " weights ", %[t], %[acc]\n\t"          \
    "uxtab  %[x], %[x], " distances ", ror #24\n\t"         \
    "ldrsb  %[t], [%[x]]\n\t"                               \
    "smlatb %[acc], " weights ", %[t], %[acc]\n\t"
    uint32_t t;
    uint32_t v;

    __asm__("cmp   %[g], %[end]\n\t" /* two groups a turn; an odd number of them enters in the middle */
            "beq   3f\n\t"
            "sub   %[t], %[end], %[g]\n\t"
            "lsls  %[t], %[t], #28\n\t"
            "bpl   1f\n\t"
            "ldrd  r6, r8, [%[g]], #8\n\t"
            "b     2f\n"
            "1:\n\t"
            "ldm   %[g]!, {r4, r5, r6, r8}\n\t" ECGP_MATRIX_GROUP("r4", "r5")
            "2:\n\t" ECGP_MATRIX_GROUP("r6", "r8")
            "cmp   %[g], %[end]\n\t"
            "bne   1b\n"
            "3:"
            : [acc] "+r"(acc), [g] "+r"(groups), [x] "+r"(x), [t] "=&r"(t), [v] "=&r"(v)
            : [end] "r"(end)
            : "r4", "r5", "r6", "r8", "cc", "memory");
#undef ECGP_MATRIX_GROUP
#else
    for (; groups != end; groups += 2) {
        const uint8_t *const distances = (const uint8_t *)groups;
        const int8_t *const weights = (const int8_t *)(groups + 1);

        acc += weights[0] * x[distances[0]];
        acc += weights[1] * x[distances[1]];
        acc += weights[2] * x[distances[2]];
        x += distances[3];
        acc += weights[3] * *x;
    }
#endif
    return acc;
}

/**
 * Spreads a row to int16: of every four inputs 0, 2, 1 and 3, the last four made whole with zeros.
 *
 * @param size  elements to write, a multiple of four, depth and more
 */
static inline void ecgp_matrix_spread(const int8_t *x, int32_t depth, int32_t size, int16_t *to)
{
    int32_t i = 0;

#if ECGP_DSP
    for (uint32_t *words = (void *)to; i + 4 <= depth; i += 4) {
        const uint32_t four = ecgp_load4(x + i);

        *words++ = ecgp_spread_even(four);
        *words++ = ecgp_spread_odd(four);
    }
#endif
    for (; i < size; i++) {
        to[(i & ~3) | ((i & 1) << 1) | ((i & 2) >> 1)] = (int16_t)(i < depth ? x[i] : 0);
    }
}

/**
 * One output over a stream of blocks: the sum of the products of `count` blocks and their inputs.
 *
 * A group is a word of four distances and four words of weights, last block first; the group that comes first has only
 * the blocks by which `count` exceeds a multiple of four, so that it is entered in the middle. A distance is in bytes
 * of x, counted from the block before. Two words behind the stream are read.
 *
 * @param end  of this output in the stream
 * @param x    spread, see ecgp_matrix_spread()
 */
static inline int32_t ecgp_matrix_blocks(const int32_t *stream, const int32_t *end, int32_t count, const int16_t *x)
{
    int32_t acc = 0;

#if ECGP_MATRIX_LONG
#define ECGP_MATRIX_BLOCK(ror, weights)                       \
    "uxtab  %[x], %[x], r4" ror "\n\t"                      \
    "ldrd   %[even], %[odd], [%[x]]\n\t"                    \
    ECGP_MATRIX_WORD("acc", weights)
    uint32_t even;
    uint32_t odd;
    uint32_t t;

    __asm__("ands  %[t], %[count], #3\n\t"
            "beq   5f\n\t"
            "ldm   %[s]!, {r4, r5, r6, r8}\n\t"
            "sub   %[s], %[s], #12\n\t"
            "add   %[s], %[s], %[t], lsl #2\n\t"
            "cmp   %[t], #2\n\t"
            "bhi   2f\n\t"
            "beq   3f\n\t"
            "b     4f\n"
            "1:\n\t"
            "ldm   %[s]!, {r4, r5, r6, r8, r9}\n\t" ECGP_MATRIX_BLOCK(", ror #24", "r9")
            "2:\n\t" ECGP_MATRIX_BLOCK(", ror #16", "r8")
            "3:\n\t" ECGP_MATRIX_BLOCK(", ror #8", "r6")
            "4:\n\t" ECGP_MATRIX_BLOCK("", "r5")
            "5:\n\t"
            "cmp   %[s], %[end]\n\t"
            "bne   1b"
            : [acc] "+r"(acc), [s] "+r"(stream), [x] "+r"(x), [even] "=&r"(even), [odd] "=&r"(odd), [t] "=&r"(t)
            : [end] "r"(end), [count] "r"(count)
            : "r4", "r5", "r6", "r8", "r9", "cc", "memory");
#undef ECGP_MATRIX_BLOCK
#else
    int32_t size = (count & 3) != 0 ? count & 3 : 4;

    for (; stream != end; stream += size + 1, size = 4) {
        const uint8_t *const distances = (const uint8_t *)stream;

        for (int32_t k = size; k-- > 0;) {
            const int8_t *const w = (const int8_t *)(stream + 1 + k);

            x += distances[k] >> 1;
            acc = ecgp_matrix_add(acc, w, x[0], x[2], x[1], x[3]);
        }
    }
#endif
    return acc;
}

#endif /* ECGP_MATRIX_SPARSE_H */
