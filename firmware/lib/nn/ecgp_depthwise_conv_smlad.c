/**
 * @file ecgp_depthwise_conv_smlad.c
 * @brief See ecgp_depthwise_conv_smlad.h. Two taps of four channels are two words: PKHBT and PKHTB bring the taps of a channel
 * together, SXTB16 makes them int16, and one SMLAD multiplies both.
 *
 * That is 15 instructions for eight products. Weights are spread once per four channels and row, beside the offsets of
 * their inputs, so that one LDM takes all that a pair needs. Outputs are clamped to int8, and again where the range is
 * less. Bound: that of every kernel, as int16 products are exact.
 */
#include "ecgp_depthwise_conv_smlad.h"

#include "ecgp_dsp.h"
#include "ecgp_noinline.h"
#include "ecgp_rescale.h"

/** Channels side by side. */
#define LANES 4

/** 1: the assembly below, which takes every register, as ECGP_SMLAD_LONG of ecgp_smlad.h does. 0: the C beside it. */
#if ECGP_DSP && !defined(__clang__) && defined(__OPTIMIZE__) && defined(__thumb2__)
#define LONG 1
#else
#define LONG 0
#endif

/** Four channels of a row. What a position begins with lies before `output`, what it ends with behind: an LDM each. */
typedef struct {
    int32_t bias[LANES];
    const uint32_t *entries; /**< the pairs of taps, spread, one at least */
    const uint32_t *end;     /**< behind them */
    const int8_t *x;         /**< the window of the next position */
    int8_t *output;          /**< where its outputs go */
    int32_t multiplier[LANES];
    int32_t right[LANES]; /**< see ecgp_rescale */
    int32_t zero;         /**< with SMMLAR that of all, otherwise see zeros */
    int32_t step;         /**< bytes from a window to the next */
    int32_t output_step;
    const int8_t *last; /**< the window behind the last */
    int32_t zeros[LANES];
} lanes;

/** Spreads the weights of four channels; returns behind the last entry. */
static uint32_t *spread_weights(const int32_t *offsets, int32_t pairs, const int8_t *weights, uint32_t *entries)
{
    const uint32_t *const end = entries + ECGP_DEPTHWISE_ENTRY * pairs;

    for (; entries != end; entries += ECGP_DEPTHWISE_ENTRY) {
        const uint32_t low = ecgp_load4(weights);
        const uint32_t high = ecgp_load4(weights + 4);

        entries[0] = (uint32_t)offsets[0];
        entries[1] = (uint32_t)offsets[1];
        entries[2] = ecgp_spread_even(low);
        entries[3] = ecgp_spread_odd(low);
        entries[4] = ecgp_spread_even(high);
        entries[5] = ecgp_spread_odd(high);
        offsets += 2;
        weights += 8;
    }
    return entries;
}

#if LONG

/* ecgp_rescaled() in two halves, as multipliers make room for the zero point; then the output of one lane. */
#define HALF(sum, factor)                       \
    "lsls   " sum ", " sum ", #1\n\t"           \
    "smmulr " factor ", " sum ", " factor "\n\t" \
    "sub    " factor ", " factor ", " sum ", lsr #31\n\t"
#define REST(value, right, to)                           \
    "smmlar " value ", " value ", " right ", r0\n\t"     \
    "ssat   " value ", #8, " value "\n\t"                \
    "strb   " value ", [r4, #" to "]\n\t"

/** Does all positions of the row; r0 to r3 are the sums, r7 the entries, r11 their end, r12 the window. */
static ECGP_NOINLINE void run(lanes *t)
{
    int8_t **const middle = &t->output;

    __asm__ volatile(
        "ldr    lr, %[middle]\n"
        "0:\n\t"
        "ldmdb  lr, {r0, r1, r2, r3, r7, r11, r12}\n"
        "1:\n\t"
        "ldmia  r7!, {r4, r5, r6, r8, r9, r10}\n\t"
        "ldr    r4, [r12, r4]\n\t"
        "ldr    r5, [r12, r5]\n\t"
        "pkhbt  lr, r4, r5, lsl #16\n\t"
        "pkhtb  r5, r5, r4, asr #16\n\t"
        "sxtb16 r4, lr, ror #8\n\t"
        "sxtb16 lr, lr\n\t"
        "smlad  r1, r4, r8, r1\n\t"
        "smlad  r0, lr, r6, r0\n\t"
        "sxtb16 r4, r5, ror #8\n\t"
        "sxtb16 r5, r5\n\t"
        "smlad  r3, r4, r10, r3\n\t"
        "smlad  r2, r5, r9, r2\n\t"
        "cmp    r7, r11\n\t"
        "bne    1b\n\t"
        "ldr    lr, %[middle]\n\t"
        "ldmia  lr, {r4, r5, r6, r7, r8, r9, r10, r11, r12}\n\t"
        HALF("r0", "r5") HALF("r1", "r6") HALF("r2", "r7") HALF("r3", "r8")
        "add    r1, lr, #36\n\t"
        "ldmia  r1, {r0, r1, r2, r3}\n\t"
        REST("r5", "r9", "0") REST("r6", "r10", "1") REST("r7", "r11", "2") REST("r8", "r12", "3")
        "ldr    r5, [lr, #-4]\n\t"
        "add    r5, r5, r1\n\t"
        "add    r6, r4, r2\n\t"
        "strd   r5, r6, [lr, #-4]\n\t"
        "cmp    r5, r3\n\t"
        "bne    0b"
        :
        : [middle] "m"(middle)
        : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#else

/** Does all positions of the row. */
static ECGP_NOINLINE void run(lanes *t)
{
    for (; t->x != t->last; t->x += t->step) {
        for (int32_t k = 0; k < LANES; k++) {
            const ecgp_rescale r = {0, t->multiplier[k], t->right[k], t->zeros[k], -128, 127};
            int32_t sum = t->bias[k];

            for (const uint32_t *e = t->entries; e != t->end; e += ECGP_DEPTHWISE_ENTRY) {
                const int8_t *const a = t->x + (int32_t)e[0];
                const int8_t *const b = t->x + (int32_t)e[1];

                sum += a[k] * (int16_t)e[2 + k] + b[k] * (int16_t)(e[2 + k] >> 16);
            }
            t->output[k] = (int8_t)ecgp_saturate(ecgp_rescaled(&r, sum));
        }
        t->output += t->output_step;
    }
}

#endif

/** All channels of `count` positions of a row, whose first window is at x. */
static void convolve_row(const ecgp_depthwise_conv_smlad_params *p, uint32_t *entries, const int8_t *x, int32_t count,
                         int8_t *output)
{
    const int32_t channels = p->window.input_c;
    const int8_t *weights = p->weights;
    lanes t;

    t.entries = entries;
    t.step = p->window.stride_w * channels;
    t.output_step = channels;
    for (int32_t c = 0; c < channels; c += LANES) {
        t.end = spread_weights(p->offsets, p->pairs, weights, entries);
        for (int32_t k = 0; k < LANES; k++) {
            const int32_t bias = p->requant.bias[c + k];
            const ecgp_rescale r = ecgp_rescale_of(&p->requant, c + k, bias);

            t.bias[k] = bias;
            t.multiplier[k] = r.multiplier;
            t.right[k] = r.right;
            t.zero = r.zero;
            t.zeros[k] = r.zero;
        }
        t.x = x + c;
        t.last = t.x + count * t.step;
        t.output = output + c;
        run(&t);
        weights += 2 * LANES * p->pairs;
    }
}

void ecgp_depthwise_conv_smlad_s8(const ecgp_depthwise_conv_smlad_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const ecgp_window *const w = &p->window;
    const int full = p->requant.min == -128 && p->requant.max == 127;
    uint32_t *const entries = scratch;
    int8_t *const staged = (int8_t *)(entries + ECGP_DEPTHWISE_ENTRY * p->pairs);
    ecgp_tile t = {0, 0, 0, 0};

    for (t.batch = 0; t.batch < w->batches; t.batch++) {
        for (t.y = 0; t.y < w->output_h; t.y++) {
            for (t.x = 0; t.x < w->output_w; t.x += p->chunk) {
                const int32_t left = w->output_w - t.x;

                t.count = left < p->chunk ? left : p->chunk;
                convolve_row(p, entries, ecgp_tile_input(w, &t, input, staged), t.count, output);
                for (int32_t i = 0; full == 0 && i < t.count * w->input_c; i++) {
                    output[i] = (int8_t)ecgp_clamp(output[i], p->requant.min, p->requant.max);
                }
                output += t.count * w->input_c;
            }
        }
    }
}
