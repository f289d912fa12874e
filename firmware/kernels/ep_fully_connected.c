/**
 * @file ep_fully_connected.c
 * @brief See ep_fully_connected.h. The zero point is folded into the bias; accumulators are proved to fit int32.
 *
 * Dense: an input element is loaded once and multiplied with the weights of four outputs, where the core has DSP
 * instructions four elements at a time (ep_dsp.h).
 */
#include "ep_fully_connected.h"

#include "ep_dsp.h"
#include "ep_sparse.h"

/** Outputs that share one load of each input element. */
#define OUTPUTS 4

/** Adds the sums of OUTPUTS adjacent outputs. */
static void dense_block(const int8_t *w, const int8_t *x, int32_t depth, int32_t acc[OUTPUTS])
{
    int32_t acc0 = acc[0];
    int32_t acc1 = acc[1];
    int32_t acc2 = acc[2];
    int32_t acc3 = acc[3];
    const int8_t *const end = x + depth;

#if EP_DSP
    for (const int8_t *const last = x + (depth & ~3); x != last; x += 4) {
        const uint32_t four = ep_load4(x);
        const uint32_t even = ep_spread_even(four);
        const uint32_t odd = ep_spread_odd(four);

        acc0 = ep_multiply4(w, even, odd, acc0);
        acc1 = ep_multiply4(w + depth, even, odd, acc1);
        acc2 = ep_multiply4(w + 2 * depth, even, odd, acc2);
        acc3 = ep_multiply4(w + 3 * depth, even, odd, acc3);
        w += 4;
    }
#endif
    for (; x != end; x++) {
        const int32_t value = *x;

        acc0 += w[0] * value;
        acc1 += w[depth] * value;
        acc2 += w[2 * depth] * value;
        acc3 += w[3 * depth] * value;
        w++;
    }
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

static int32_t dense_single(const int8_t *w, const int8_t *x, int32_t depth, int32_t acc)
{
    for (int32_t i = 0; i < depth; i++) {
        acc += w[i] * x[i];
    }
    return acc;
}

void ep_fully_connected_s8(const ep_fully_connected_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < p->rows; row++) {
        const int32_t *const bias = p->requant.bias;
        int32_t c = 0;

        for (; c + OUTPUTS <= p->outputs; c += OUTPUTS) {
            int32_t acc[OUTPUTS] = {bias[c], bias[c + 1], bias[c + 2], bias[c + 3]};

            dense_block(p->weights + c * p->depth, input, p->depth, acc);
            for (int32_t k = 0; k < OUTPUTS; k++) {
                ep_requantize(&p->requant, c + k, &acc[k], 1, &output[c + k], 1);
            }
        }
        for (; c < p->outputs; c++) {
            const int32_t acc = dense_single(p->weights + c * p->depth, input, p->depth, bias[c]);

            ep_requantize(&p->requant, c, &acc, 1, &output[c], 1);
        }
        input += p->depth;
        output += p->outputs;
    }
}

void ep_fully_connected_sparse_s8(const ep_fully_connected_sparse_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < p->rows; row++) {
        const uint8_t *entries = p->entries;

        for (int32_t c = 0; c < p->outputs; c++) {
            const int32_t count = p->counts[c];
            const int32_t acc = ep_sparse_dot(entries, count, input, p->requant.bias[c]);

            ep_requantize(&p->requant, c, &acc, 1, &output[c], 1);
            entries += EP_SPARSE_ENTRY * count;
        }
        input += p->depth;
        output += p->outputs;
    }
}
