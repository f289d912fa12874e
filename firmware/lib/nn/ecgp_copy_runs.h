/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_copy_runs.h
 * @brief Runs of bytes that lie a step apart, quickly where they are short.
 *
 * memcpy() takes some 25 instructions before the first byte, more than most runs take altogether.
 */
#ifndef ECGP_COPY_RUNS_H
#define ECGP_COPY_RUNS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ecgp_compiler.h"

#if ECGP_HELIUM
#include <arm_mve.h>
#endif

/** Bytes from which on memcpy() is faster; ecgprune/codegen/lowering/movement.py must say the same. */
#define ECGP_COPY_LONG 64

/** Copies `bytes` bytes, 1 and more. */
static inline void ecgp_copy_run(const int8_t *from, int8_t *to, int32_t bytes)
{
#if ECGP_HELIUM
    for (; bytes > 0; bytes -= 16) {
        const mve_pred16_t lanes = vctp8q((uint32_t)bytes);

        vstrbq_p_s8(to, vldrbq_z_s8(from, lanes), lanes);
        from += 16;
        to += 16;
    }
#else
    if (bytes >= ECGP_COPY_LONG) {
        memcpy(to, from, (size_t)bytes);
        return;
    }
#if ECGP_UNALIGNED
    for (; bytes >= 4; bytes -= 4) {
        ecgp_store4(to, ecgp_load4(from));
        from += 4;
        to += 4;
    }
#endif
    for (; bytes > 0; bytes--) {
        *to++ = *from++;
    }
#endif
}

#if ECGP_HELIUM

/** Whether ecgp_copy_gathered() can copy single bytes at these distances: 7 times the step fits the offsets' 16 bits. */
static inline int ecgp_copy_gathers(int32_t input_step, int32_t output_step)
{
    return output_step == 1 && input_step >= 0 && input_step <= 8192;
}

/** Copies `count` single bytes, 1 and more, that lie `input_step` bytes apart, side by side; `offsets`: 0 to 7 steps. */
static inline void ecgp_copy_gathered(const int8_t *from, uint16x8_t offsets, int32_t input_step, int8_t *to, int32_t count)
{
    const int32_t rest = count & 7;

    for (int32_t n = count >> 3; n > 0; n--) {
        vstrbq_s16(to, vldrbq_gather_offset_s16(from, offsets));
        from += 8 * input_step;
        to += 8;
    }
    if (rest > 0) {
        const mve_pred16_t lanes = vctp16q((uint32_t)rest);

        vstrbq_p_s16(to, vldrbq_gather_offset_z_s16(from, offsets, lanes), lanes);
    }
}

/** 0 to 7 steps. */
static inline uint16x8_t ecgp_copy_offsets(int32_t input_step)
{
    return vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)input_step);
}

#endif

/** Copies `count` single bytes, 1 and more, that lie `input_step` and `output_step` bytes apart, one by one. */
static inline void ecgp_copy_singly(const int8_t *from, int32_t input_step, int8_t *to, int32_t output_step, int32_t count)
{
    for (; count >= 4; count -= 4) {
        const int8_t first = from[0];
        const int8_t second = from[input_step];
        const int8_t third = from[2 * input_step];
        const int8_t fourth = from[3 * input_step];

        from += 4 * input_step;
        to[0] = first;
        to[output_step] = second;
        to[2 * output_step] = third;
        to[3 * output_step] = fourth;
        to += 4 * output_step;
    }
    for (; count > 0; count--) {
        *to = *from;
        from += input_step;
        to += output_step;
    }
}

/** Copies `count` single bytes, 1 and more, that lie `input_step` and `output_step` bytes apart. */
static inline void ecgp_copy_bytes(const int8_t *from, int32_t input_step, int8_t *to, int32_t output_step, int32_t count)
{
#if ECGP_HELIUM
    if (ecgp_copy_gathers(input_step, output_step)) {
        ecgp_copy_gathered(from, ecgp_copy_offsets(input_step), input_step, to, count);
        return;
    }
#endif
    ecgp_copy_singly(from, input_step, to, output_step, count);
}

#endif /* ECGP_COPY_RUNS_H */
