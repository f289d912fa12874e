/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_row_smlad.c
 * @brief See ecgp_conv_row_smlad.h. Input is expanded once for all channels; then each channel goes along it by itself.
 *
 * Requantization is monotone within a channel, so the largest of two sums gives the largest of two outputs: pooling comes first.
 */
#include "ecgp_conv_row_smlad.h"

#include <stddef.h>

#include "ecgp_compiler.h"
#include "ecgp_rescale.h"

#define TILE ECGP_ROW_SMLAD_TILE

/** Words behind those at which positions begin. */
#define MORE 3

/** A channel of a chunk. The order of the fields is that in which the assembly loads them. */
typedef struct {
    uint32_t first;         /**< weights 0 and 1 */
    uint32_t second;        /**< weights 2 and 3 */
    uint32_t third;         /**< weight 4 in the lower half, bytes from an output to the next in the upper one */
    int32_t bias;
    uint32_t factor;        /**< 2 * multiplier */
    int32_t right;          /**< 2^(32 - right) + 1 */
    int32_t zero;           /**< the zero point of the output */
    const uint32_t *inputs; /**< at the first position */
    int8_t *output;
    const uint32_t *end;    /**< behind the last whole tile */
    const uint32_t *last;   /**< the last tile, which may overlap the one before */
    int8_t *last_output;
} row_channel;

/** The upper word of a product, rounded half up. */
static int32_t upper(int64_t product)
{
    return (int32_t)((product + (INT64_C(1) << 31)) >> 32);
}

/** The output of a sum. */
static int8_t output_of(const row_channel *c, int32_t sum)
{
    return (int8_t)ecgp_ssat8(upper((int64_t)upper((int64_t)sum * c->factor) * c->right) + c->zero);
}

#if ECGP_DSP && ECGP_ASSEMBLY

#include "ecgp_conv_row_smlad_asm.h"

#else

/** The sum at a position. */
static int32_t sum_at(const row_channel *c, const uint32_t *x)
{
    const int32_t sum = ecgp_smlad(c->second, x[2], ecgp_smlad(c->first, x[0], c->bias));

    return ecgp_smlad(c->third & 0xffffu, x[3] >> 16, sum); /* column 4 */
}

/** Writes the outputs of one tile. */
static void tile(const row_channel *c, const uint32_t *x, int8_t *output, int32_t pool)
{
    for (int32_t k = 0; k < TILE; k += pool) {
        const int32_t sum = sum_at(c, x + k);
        const int32_t next = sum_at(c, x + k + pool - 1);

        *output = output_of(c, next > sum ? next : sum);
        output += c->third >> 16;
    }
}

/** Writes the outputs of all tiles. */
static void run(const row_channel *c, int32_t pool)
{
    int8_t *output = c->output;

    for (const uint32_t *x = c->inputs; x != c->end; x += TILE) {
        tile(c, x, output, pool);
        output += (int32_t)(c->third >> 16) * (TILE / pool);
    }
    output = c->last_output;
    tile(c, c->last, output, pool);
}

static void run_pooled(const row_channel *c)
{
    run(c, 2);
}

static void run_pooled_four(const row_channel *c)
{
    run(c, 2);
}

static void run_plain(const row_channel *c)
{
    run(c, 1);
}

#endif

/** Column x, the pad value where there is none. */
static uint32_t column(const ecgp_rows *w, const int8_t *line, int32_t x)
{
    return (uint32_t)(x >= 0 && x < w->input_w ? line[x] : w->pad_value);
}

/** Words of the columns from x on. */
static ECGP_NOINLINE void expand(const ecgp_rows *w, const int8_t *line, int32_t x, int32_t count, uint32_t *to)
{
    const int32_t inside = w->input_w - 1; /* columns behind which another one is */
    const uint32_t *const end = to + count;

    while (to != end) {
        const uint32_t *const stop = x >= 0 && x < inside && inside - x < end - to ? to + (inside - x) : end;
        uint32_t before = column(w, line, x);

        if (x < 0 || x >= inside) {
            *to = (before & 0xffffu) | column(w, line, x + 1) << 16;
            to++;
            x++;
            continue;
        }
        for (; to != stop; to++) {
            x++;
            const uint32_t next = (uint32_t)line[x];

            *to = (before & 0xffffu) | next << 16;
            before = next;
        }
    }
}

/** Writes `count` outputs of a channel without weights. */
static void fill(const row_channel *c, int32_t count)
{
    const int32_t step = (int32_t)(c->third >> 16);
    const int8_t value = output_of(c, c->bias);
    int8_t *to = c->output;

    if ((count & 1) != 0) {
        *to = value;
        to += step;
    }
    for (const int8_t *const end = to + (count & ~1) * step; to != end; to += 2 * step) {
        to[0] = value;
        to[step] = value;
    }
}

/** All channels of a chunk of so many positions. */
static ECGP_NOINLINE void chunk(const ecgp_conv_row_smlad_params *p, const uint32_t *inputs, int32_t positions, int8_t *output)
{
    const ecgp_requant *const r = &p->requant;
    const int32_t bits = p->pool == 2 ? 1 : 0;
    const int32_t behind = ((positions - TILE) >> bits) * p->outputs;
    row_channel c;

    c.zero = r->zero_point;
    for (int32_t i = 0; i < p->outputs; i++) {
        const int8_t *const w = p->weights + ECGP_ROW_SMLAD_ENTRY * i;
        const int32_t k = r->per_channel != 0 ? i : 0;

        c.first = ((uint32_t)w[0] & 0xffffu) | (uint32_t)w[1] << 16;
        c.second = ((uint32_t)w[2] & 0xffffu) | (uint32_t)w[3] << 16;
        c.third = ((uint32_t)w[4] & 0xffffu) | (uint32_t)p->outputs << 16;
        c.bias = r->bias[i];
        c.factor = 2u * (uint32_t)r->multiplier[k];
        c.right = (int32_t)((1u << (32 + r->shift[k])) + 1u);
        c.inputs = inputs + w[5];
        c.end = c.inputs + positions / TILE * TILE;
        c.last = c.inputs + positions - TILE;
        c.output = output + i;
        c.last_output = c.output + behind;
        if (c.first == 0u && c.second == 0u && w[4] == 0) {
            fill(&c, positions >> bits);
        } else if (bits == 0) {
            run_plain(&c);
        } else if (w[4] == 0) {
            run_pooled_four(&c);
        } else {
            run_pooled(&c);
        }
    }
}

void ecgp_conv_row_smlad_s8(const ecgp_conv_row_smlad_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_rows *const w = &p->window;
    const int32_t positions = p->chunk < w->output_w ? p->chunk : w->output_w;
    uint32_t *const words = (uint32_t *)scratch;

    ECGP_ASSERT(ecgp_rows_is_valid(w) && w->input_c == 1 && w->kernel_h == 1 && w->stride_w == 1 && w->pad_top == 0);
    ECGP_ASSERT(ecgp_requant_is_within(&p->requant, p->outputs, -12, -2));
    ECGP_ASSERT(ecgp_requant_is_normalized(&p->requant, p->outputs) && p->requant.min == -128 && p->requant.max == 127);
    ECGP_ASSERT(p->chunk >= TILE && p->chunk % TILE == 0 && w->output_w >= TILE);
    ECGP_ASSERT(p->outputs >= 1 && p->outputs < 65536 && (p->pool == 1 || (p->pool == 2 && w->output_w % 2 == 0)));
    ECGP_ASSERT(((uintptr_t)scratch & 3u) == 0u);
    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_h; y++) {
            const int8_t *const line = input + (batch * w->input_h + y * w->stride_h) * w->input_w;

            for (int32_t x = 0; x < w->output_w; x += positions) {
                const int32_t first = x < w->output_w - positions ? x : w->output_w - positions;

                expand(w, line, first - w->pad_left, positions + MORE, words);
                chunk(p, words, positions, output + (p->pool == 2 ? first >> 1 : first) * p->outputs);
            }
            output += w->output_w / p->pool * p->outputs;
        }
    }
}
