/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_pad.c
 * @brief The output from its begin to its end: what is filled up to the next row of the input, then that row.
 */
#include "ecgp_pad.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_copy_runs.h"

/** `bytes` times `value`, 0 and more. Returns the end. */
static inline int8_t *fill(int8_t *to, int32_t value, int32_t bytes)
{
    if (bytes >= ECGP_COPY_LONG) {
        memset(to, value, (size_t)bytes);
        return to + bytes;
    }
#if ECGP_UNALIGNED
    const uint32_t word = (uint32_t)(value & 0xff) * 0x01010101u;

    for (; bytes >= 4; bytes -= 4) {
        ecgp_store4(to, word);
        to += 4;
    }
#endif
    for (; bytes > 0; bytes--) {
        *to++ = (int8_t)value;
    }
    return to;
}

void ecgp_pad_s8(const ecgp_pad_params *p, const int8_t *input, int8_t *output)
{
    const int32_t value = p->value;
    const int32_t bytes = p->size3;
    int8_t *next = output;

    ECGP_ASSERT(value >= -128 && value <= 127);
    for (int32_t i = 0; i < p->size0; i++) {
        for (int32_t j = 0; j < p->size1; j++) {
            const int32_t plane = (i + p->before0) * p->output1 + j + p->before1;
            const int8_t *place = output + (plane * p->output2 + p->before2) * p->output3 + p->before3;

            for (int32_t k = p->size2; k > 0; k--) {
                next = fill(next, value, (int32_t)(place - next));
                if (bytes >= ECGP_COPY_LONG) {
                    memcpy(next, input, (size_t)bytes);
                } else {
                    ecgp_copy_run(input, next, bytes);
                }
                next += bytes;
                input += bytes;
                place += p->output3;
            }
        }
    }
    (void)fill(next, value, (int32_t)(output + p->output_bytes - next));
}
