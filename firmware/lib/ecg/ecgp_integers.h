/**
 * @file ecgp_integers.h
 * @brief Integer arithmetic of the model's inputs; as ecgprune/ecg/integers.py has it, to the last bit.
 */
#ifndef ECGP_INTEGERS_H
#define ECGP_INTEGERS_H

#include <stdint.h>

#define ECGP_OCTAVE 32 /**< units per octave of the logarithms */

/** size / divisor to nearest, halves up, with a sign, clipped to int8; divisor > 0, the sum of the two below 2^32. */
static inline int8_t ecgp_quotient(uint32_t size, uint32_t divisor, int negative)
{
    const uint32_t quotient = (size + divisor / 2u) / divisor;

    if (negative) {
        return (int8_t)(quotient > 128u ? -128 : -(int32_t)quotient);
    }
    return (int8_t)(quotient > 127u ? 127 : (int32_t)quotient);
}

static inline uint32_t ecgp_distance(int32_t a, int32_t b) { return (uint32_t)(a < b ? b - a : a - b); }

static inline int32_t ecgp_larger(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t ecgp_clipped(int32_t x, int32_t low, int32_t high) { return x < low ? low : x > high ? high : x; }

static inline int8_t ecgp_to_int8(int32_t x) { return (int8_t)ecgp_clipped(x, -128, 127); }

/** gain * (a - b) / divisor as int8. */
static inline int8_t ecgp_relative(uint32_t gain, int32_t a, int32_t b, int32_t divisor)
{
    return ecgp_quotient(gain * ecgp_distance(a, b), (uint32_t)divisor, a < b);
}

/** ECGP_OCTAVE * log2(x), straight between powers of two; x > 0. */
static inline int32_t ecgp_log2(uint32_t x)
{
    int32_t octave = 31;

    while ((x & 0x80000000u) == 0u) {
        x <<= 1;
        octave--;
    }
    return ECGP_OCTAVE * octave + (int32_t)(x >> 26) - ECGP_OCTAVE;
}

static inline int32_t ecgp_log2_ratio(uint32_t a, uint32_t b) { return ecgp_log2(a) - ecgp_log2(b); }

#endif /* ECGP_INTEGERS_H */
