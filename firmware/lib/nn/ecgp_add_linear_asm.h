/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_linear_asm.h
 * @brief Assembly of ecgp_add_linear.c for cores with DSP, where compilers take GNU assembly.
 *
 * A byte as the upper half of an int16 is 256 times its value, so SMLAWB and SMLAWT, which multiply 32 by 16 bits and drop
 * 16, take it as AND leaves it, and a factor times 256: two operands cost 19 instructions for four elements, loads and
 * stores besides.
 */
#ifndef ECGP_ADD_LINEAR_ASM_H
#define ECGP_ADD_LINEAR_ASM_H

/** The sum of two elements, which are the upper or lower ("t" or "b") halves of the words a and b. */
#define ECGP_ADD_LINEAR(sum, half, a, b)                 \
    __asm__("smlaw" half " %0, %1, %2, %3\n\t"           \
            "smlaw" half " %0, %4, %5, %0\n\t"           \
            "ssat %0, #8, %0, asr #" ECGP_TEXT(SHIFT)    \
            : "=&r"(sum)                                 \
            : "r"(a_factor), "r"(a), "r"(offset), "r"(b_factor), "r"(b))

/** Four elements at once, outputs of the whole range; returns how many. */
static int32_t add_fours(const ecgp_add_linear_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    const int32_t count = p->size & ~3;
    const int32_t a_factor = p->a_factor * 256;
    const int32_t b_factor = p->b_factor * 256;
    const int32_t offset = p->offset;
    const uint32_t mask = 0xff00ff00u;

    for (const int8_t *const end = output + count; output != end; output += 4) {
        const uint32_t from_a = ecgp_load4(a);
        const uint32_t from_b = ecgp_load4(b);
        const uint32_t even_a = (from_a << 8) & mask;
        const uint32_t even_b = (from_b << 8) & mask;
        const uint32_t odd_a = from_a & mask;
        const uint32_t odd_b = from_b & mask;
        int32_t sum0;
        int32_t sum1;
        int32_t sum2;
        int32_t sum3;

        a += 4;
        b += 4;
        ECGP_ADD_LINEAR(sum0, "b", even_a, even_b);
        ECGP_ADD_LINEAR(sum1, "b", odd_a, odd_b);
        ECGP_ADD_LINEAR(sum2, "t", even_a, even_b);
        ECGP_ADD_LINEAR(sum3, "t", odd_a, odd_b);
        output[0] = (int8_t)sum0;
        output[1] = (int8_t)sum1;
        output[2] = (int8_t)sum2;
        output[3] = (int8_t)sum3;
    }
    return count;
}

#endif /* ECGP_ADD_LINEAR_ASM_H */
