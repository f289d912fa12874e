/**
 * @file ecgp_dsp.h
 * @brief Four int8 products in two instructions, on cores with the DSP extension; the same bits in C elsewhere.
 *
 * SXTB16 spreads bytes 0 and 2 (or, rotated, 1 and 3) of a word to two int16; SMLAD adds both products of two such
 * words to an accumulator. Both factors are spread alike, so the order within a word does not matter. The generator's
 * bound on the accumulator, 128 * sum|w| + |bias| < 2^31, holds for any order of additions.
 */
#ifndef ECGP_DSP_H
#define ECGP_DSP_H

#include <stdint.h>

#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP)
#define ECGP_DSP 1
#else
#define ECGP_DSP 0
#endif

/** Four bytes, wherever they lie: cores with DSP load unaligned words. */
static inline uint32_t ecgp_load4(const int8_t *bytes)
{
#if ECGP_DSP
    uint32_t word;

    __builtin_memcpy(&word, bytes, sizeof word);
    return word;
#else
    return (uint32_t)(uint8_t)bytes[0] | (uint32_t)(uint8_t)bytes[1] << 8 | (uint32_t)(uint8_t)bytes[2] << 16 |
           (uint32_t)(uint8_t)bytes[3] << 24;
#endif
}

/** Bytes 0 and 2 as int16. */
static inline uint32_t ecgp_spread_even(uint32_t word)
{
#if ECGP_DSP
    uint32_t spread;

    __asm__("sxtb16 %0, %1" : "=r"(spread) : "r"(word));
    return spread;
#else
    return ((uint32_t)(int8_t)word & 0xffffu) | (uint32_t)(int8_t)(word >> 16) << 16;
#endif
}

/** Bytes 1 and 3 as int16. */
static inline uint32_t ecgp_spread_odd(uint32_t word)
{
#if ECGP_DSP
    uint32_t spread;

    __asm__("sxtb16 %0, %1, ror #8" : "=r"(spread) : "r"(word));
    return spread;
#else
    return ecgp_spread_even(word >> 8);
#endif
}

/** accumulator plus the products of the lower and of the upper int16. */
static inline int32_t ecgp_smlad(uint32_t a, uint32_t b, int32_t accumulator)
{
#if ECGP_DSP
    __asm__("smlad %0, %1, %2, %0" : "+r"(accumulator) : "r"(a), "r"(b));
    return accumulator;
#else
    return accumulator + (int16_t)a * (int16_t)b + (int16_t)(a >> 16) * (int16_t)(b >> 16);
#endif
}

/** accumulator plus the products of four weights and four inputs, which are spread already. */
static inline int32_t ecgp_multiply4(const int8_t *w, uint32_t even, uint32_t odd, int32_t accumulator)
{
    const uint32_t four = ecgp_load4(w);

    return ecgp_smlad(ecgp_spread_odd(four), odd, ecgp_smlad(ecgp_spread_even(four), even, accumulator));
}

#endif /* ECGP_DSP_H */
