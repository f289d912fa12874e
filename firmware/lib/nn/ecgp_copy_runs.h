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

/** Copies `count` single bytes, 1 and more, that lie `input_step` and `output_step` bytes apart. */
static inline void ecgp_copy_bytes(const int8_t *from, int32_t input_step, int8_t *to, int32_t output_step, int32_t count)
{
#if ECGP_HELIUM
    if (output_step == 1 && input_step >= 0 && input_step <= 8192) { /* 7 times the step fits the offsets' 16 bits */
        const uint16x8_t offsets = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)input_step);

        for (; count > 0; count -= 8) {
            const mve_pred16_t lanes = vctp16q((uint32_t)count);

            vstrbq_p_s16(to, vldrbq_gather_offset_z_s16(from, offsets, lanes), lanes);
            from += 8 * input_step;
            to += 8;
        }
        return;
    }
#endif
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

#endif /* ECGP_COPY_RUNS_H */
