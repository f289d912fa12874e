/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_row_smlad.c
 * @brief See ecgp_depthwise_conv_row_smlad.h and ecgp_depthwise_nine.h: the second and third line of three taps are the row
 * from three and six cells further on, so one staged row is all three.
 */
#include "ecgp_depthwise_conv_row_smlad.h"

#define PITCH 12
#include "ecgp_depthwise_nine.h"

/** All channels of `count` positions of a row, the first is `at`. */
static void convolve_chunk(const ecgp_depthwise_conv_row_smlad_params *p, int32_t at, int32_t count, const int8_t *input,
                           int8_t *output, int8_t *staged)
{
    const int32_t cells = (count - 1) * p->stride + ECGP_DEPTHWISE_NINE;
    const int32_t first = at * p->stride - p->pad;
    channel t;

    for (int32_t c = 0; c < p->channels; c += LANES) {
        stage_line(input + c, p->inputs, p->channels, first, cells, p->pad_value, staged);
        set_lines(&t, staged, p->stride, count, LANES, 1);
        convolve_channels(&p->requant, p->weights, p->stride, c, &t);
        store_words(&p->requant, staged, p->stride * LANES, output + at * p->channels + c, p->channels, count);
    }
}

void ecgp_depthwise_conv_row_smlad_s8(const ecgp_depthwise_conv_row_smlad_params *p, const int8_t *input, int8_t *output,
                                      void *scratch)
{
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->channels, -12, -2));
    ECGP_ASSERT(p->channels % LANES == 0 && p->chunk >= 1 && (p->stride == 1 || p->stride == 2));
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);

    for (int32_t row = 0; row < p->rows; row++) {
        for (int32_t at = 0; at < p->outputs; at += p->chunk) {
            const int32_t left = p->outputs - at;

            convolve_chunk(p, at, left < p->chunk ? left : p->chunk, input, output, scratch);
        }
        input += p->inputs * p->channels;
        output += p->outputs * p->channels;
    }
}
