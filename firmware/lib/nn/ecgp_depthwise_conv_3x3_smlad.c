/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_depthwise_conv_3x3_smlad.c
 * @brief See ecgp_depthwise_conv_3x3_smlad.h and ecgp_depthwise_nine.h: a block of the image is staged for four channels at
 * a time, padding filled in.
 */
#include "ecgp_depthwise_conv_3x3_smlad.h"

#define PITCH ECGP_DEPTHWISE_PITCH
#include "ecgp_depthwise_nine.h"

/** A part of the output. */
typedef struct {
    int32_t line;
    int32_t at;
    int32_t lines;
    int32_t count; /**< positions of each line */
} block;

/** The cells that a block reads, four channels of them, from `image` on. */
static ECGP_NOINLINE void stage(const ecgp_depthwise_conv_3x3_smlad_params *p, const block *b, const int8_t *image, int8_t *to)
{
    const int32_t cells = (b->count - 1) * p->stride + 3;
    const int32_t rows = p->lines.inputs;
    const int32_t first = b->at * p->stride - p->along.pad;
    int32_t row = b->line * p->stride - p->lines.pad;

    for (const int8_t *const end = to + ((b->lines - 1) * p->stride + 3) * PITCH; to != end; to += PITCH) {
        const int8_t *const from = image + row * p->lines.input_step;

        stage_line(from, row >= 0 && row < rows ? p->along.inputs : 0, p->along.input_step, first, cells, p->pad_value, to);
        row++;
    }
}

/** The outputs of a block, four channels of them. */
static ECGP_NOINLINE void store(const ecgp_depthwise_conv_3x3_smlad_params *p, const block *b, const int8_t *from, int8_t *to)
{
    const int32_t step = p->along.output_step;

    to += b->line * p->lines.output_step + b->at * step;
    for (int32_t line = 0; line < b->lines; line++) {
        store_words(&p->requant, from, p->stride * LANES, to, step, b->count);
        from += p->stride * PITCH;
        to += p->lines.output_step;
    }
}

/** All channels of a block. */
static void convolve_block(const ecgp_depthwise_conv_3x3_smlad_params *p, const block *b, const int8_t *input, int8_t *output,
                           int8_t *staged)
{
    channel t;

    for (int32_t c = 0; c < p->channels; c += LANES) {
        stage(p, b, input + c, staged);
        set_lines(&t, staged, p->stride, b->count, p->stride * PITCH, b->lines);
        convolve_channels(&p->requant, p->weights, p->stride, c, &t);
        store(p, b, staged, output + c);
    }
}

void ecgp_depthwise_conv_3x3_smlad_s8(const ecgp_depthwise_conv_3x3_smlad_params *p, const int8_t *input, int8_t *output,
                                      void *scratch)
{
    block b;

    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->channels, -12, -2));
    ECGP_ASSERT(p->channels % LANES == 0 && p->band >= 1 && p->chunk >= 1 && (p->stride == 1 || p->stride == 2));
    ECGP_ASSERT(p->chunk <= (p->stride == 1 ? 27 : 14) && ((uintptr_t)scratch & 3u) == 0u);

    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (b.line = 0; b.line < p->lines.outputs; b.line += p->band) {
            const int32_t lines = p->lines.outputs - b.line;

            b.lines = lines < p->band ? lines : p->band;
            for (b.at = 0; b.at < p->along.outputs; b.at += p->chunk) {
                const int32_t count = p->along.outputs - b.at;

                b.count = count < p->chunk ? count : p->chunk;
                convolve_block(p, &b, input, output, scratch);
            }
        }
        input += p->lines.inputs * p->along.inputs * p->channels;
        output += p->lines.outputs * p->along.outputs * p->channels;
    }
}
