/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_sums_s16.h
 * @brief Sums of products of int16 inputs and int8 weights, which lie as a core with SMLAD wants them.
 *
 * Of four weights that follow one another, the second and the third have changed places: SXTB16 of such a word gives
 * the first two weights as int16, SXTB16 of its other bytes the last two, and two SMLAD multiply them with four inputs.
 * What is left of a run behind its fours is in order. A sum in an int32 has to fit: 32768 * sum|w| < 2^31.
 */
#ifndef ECGP_SUMS_S16_H
#define ECGP_SUMS_S16_H

#include <stdint.h>

#include "ecgp_compiler.h"

/** Products whose sum is an int32 whatever they are, a multiple of four: 508 * 128 * 32768 < 2^31. */
#define ECGP_SUM_PART 508

/** sum plus the products of four weights, that lie as said above, and four inputs. */
static inline int32_t ecgp_sum4_s16(const int8_t *w, const int16_t *x, int32_t sum)
{
#if ECGP_DSP
    const uint32_t four = ecgp_load4(w);

    sum = ecgp_smlad(ecgp_sxtb16(four), ecgp_load2(x), sum);
    return ecgp_smlad(ecgp_sxtb16_ror8(four), ecgp_load2(x + 2), sum);
#else
    return sum + w[0] * x[0] + w[2] * x[1] + w[1] * x[2] + w[3] * x[3];
#endif
}

#if ECGP_DSP && ECGP_ASSEMBLY && ECGP_UNALIGNED

#include "ecgp_sums_s16_asm.h"

#else

/**
 * Adds to the sums at four positions, `step` elements apart, the products of `length` weights.
 *
 * @param length  a multiple of four, 4 and more
 */
static ECGP_UNUSED ECGP_NOINLINE void ecgp_sum_fours_s16(const int8_t *w, const int16_t *x, int32_t step,
                                                         int32_t length, int32_t *sums)
{
    const int16_t *x1 = x + step;
    const int16_t *x2 = x1 + step;
    const int16_t *x3 = x2 + step;
    int32_t sum0 = sums[0];
    int32_t sum1 = sums[1];
    int32_t sum2 = sums[2];
    int32_t sum3 = sums[3];

    for (const int8_t *const end = w + length; w != end; w += 4) {
        sum0 = ecgp_sum4_s16(w, x, sum0);
        sum1 = ecgp_sum4_s16(w, x1, sum1);
        sum2 = ecgp_sum4_s16(w, x2, sum2);
        sum3 = ecgp_sum4_s16(w, x3, sum3);
        x += 4;
        x1 += 4;
        x2 += 4;
        x3 += 4;
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

#endif

/** sum plus the products of a run of `length` weights and as many inputs. */
static inline int32_t ecgp_sum_s16(const int8_t *w, const int16_t *x, int32_t length, int32_t sum)
{
    for (const int8_t *const end = w + (length & ~3); w != end; w += 4) {
        sum = ecgp_sum4_s16(w, x, sum);
        x += 4;
    }
    for (const int8_t *const end = w + (length & 3); w != end; w++) {
        sum += *w * *x++;
    }
    return sum;
}

/** The same in 64 bits, for any weights: 508 products of any size stay within int32. */
static inline int64_t ecgp_sum_wide_s16(const int8_t *w, const int16_t *x, int32_t length, int64_t sum)
{
    while (length > 0) {
        const int32_t part = length < ECGP_SUM_PART ? length : ECGP_SUM_PART;

        sum += ecgp_sum_s16(w, x, part, 0);
        w += part;
        x += part;
        length -= part;
    }
    return sum;
}

#endif /* ECGP_SUMS_S16_H */
