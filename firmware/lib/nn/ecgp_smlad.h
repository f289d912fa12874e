/**
 * @file ecgp_smlad.h
 * @brief Four weights at once: a block is multiplied at six positions by twelve SMLAD, from inputs that are int16.
 *
 * Inputs are spread to int16 once per chunk, as quads: words of inputs 0 and 2, and 1 and 3, of four. Adjacent
 * positions lie side by side, so that an LDM takes two of them. Weights are spread once per chunk and channel, to
 * entries of three words that another LDM takes: the way to the block's inputs, and its four weights.
 * That is 18 to 19 instructions for 24 products. Bound: that of every kernel, as int16 products are exact.
 */
#ifndef ECGP_SMLAD_H
#define ECGP_SMLAD_H

#include <stdint.h>

#include "ecgp_dsp.h"
#include "ecgp_noinline.h"
#include "ecgp_rescale.h"

/** Positions multiplied side by side; ecgprune/codegen/kernels/smlad.py must say the same. */
#define ECGP_SMLAD_TILE 6

/** Words of a quad, and of an entry. */
#define ECGP_SMLAD_WORDS 2
#define ECGP_SMLAD_ENTRY 3

/** What a step is larger than the distance to its block, in quads: what the assembly below walks back in a block. */
#define ECGP_SMLAD_BACK 2

/** 1: the assembly below, which takes every register, as ECGP_SMLAL_LONG of ecgp_smlal.h does. 0: the C beside it. */
#ifndef ECGP_SMLAD_LONG
#if ECGP_DSP && !defined(__clang__) && defined(__OPTIMIZE__) && defined(__thumb2__)
#define ECGP_SMLAD_LONG 1
#else
#define ECGP_SMLAD_LONG 0
#endif
#endif

/**
 * Spreads the blocks of one channel to entries. The last has step 0, and its weights are anything.
 *
 * @param steps    one for each block, 2 to 255, then 0: quads from the block before, plus ECGP_SMLAD_BACK
 * @param weights  four for each block, and four more that can be read
 * @return behind the 0 of steps; *weights is then behind those of the channel
 */
static inline const uint8_t *ecgp_smlad_spread(const uint8_t *steps, const int8_t **weights, uint32_t *entries)
{
    const int8_t *four = *weights;

#if ECGP_SMLAD_LONG
    __asm__ volatile("1:\n\t"
                     "ldrb   r4, [%[steps]], #1\n\t"
                     "ldr    r5, [%[four]], #4\n\t"
                     "lsls   r4, r4, #3\n\t"
                     "sxtb16 r6, r5, ror #8\n\t"
                     "sxtb16 r5, r5\n\t"
                     "stmia  %[entries]!, {r4, r5, r6}\n\t"
                     "bne    1b"
                     : [steps] "+r"(steps), [four] "+r"(four), [entries] "+r"(entries)
                     :
                     : "r4", "r5", "r6", "cc", "memory");
    *weights = four - 4;
    return steps;
#else
    for (; *steps != 0u; steps++) {
        entries[0] = *steps * (4u * ECGP_SMLAD_WORDS);
        entries[1] = ecgp_spread_even(ecgp_load4(four));
        entries[2] = ecgp_spread_odd(ecgp_load4(four));
        entries += ECGP_SMLAD_ENTRY;
        four += 4;
    }
    entries[0] = 0u;
    *weights = four;
    return steps + 1;
#endif
}

/**
 * The tiles of one channel. What a tile begins with lies before `quads`, what it ends with behind, so that each is
 * one LDM for the assembly below, which counts on this order.
 */
typedef struct {
    int32_t start[ECGP_SMLAD_TILE]; /**< what the sums begin at: the bias */
    const uint32_t *entries;      /**< the channel's blocks, spread */
    const uint32_t *quads;        /**< the first position of the next tile, in the first plane */
    int8_t *output;               /**< where its first output goes */
    int32_t step;                 /**< bytes from one output to the next */
    int32_t multiplier;           /**< this, zero and right: see ecgp_rescale */
    int32_t zero;
    int32_t right;
    const uint32_t *end;          /**< where the first tile begins that is not to be done */
    int32_t pool;                 /**< 1 or 2: columns of an output, whose range is that of an int8; 0: see sums */
    int32_t sums[ECGP_SMLAD_TILE];  /**< pool = 0: the sums of one tile, and no outputs */
} ecgp_smlad_tiles;

#if ECGP_SMLAD_LONG

/*
 * r0 to r3, r7 and r11 are the sums, r12 the entries, lr the quads; r4 a step, r9 and r10 its weights, and r4, r5,
 * r6, r8 two quads. lr enters at position 4 of the block and leaves at position 2, two quads less, at no cost.
 */
#define ECGP_SMLAD_MULTIPLY               \
    "add   lr, lr, r4\n\t"              \
    "ldmia lr, {r4, r5, r6, r8}\n\t"    \
    "smlad r7, r9, r4, r7\n\t"          \
    "smlad r11, r9, r6, r11\n\t"        \
    "smlad r7, r10, r5, r7\n\t"         \
    "smlad r11, r10, r8, r11\n\t"       \
    "ldmdb lr!, {r4, r5, r6, r8}\n\t"   \
    "smlad r2, r9, r4, r2\n\t"          \
    "smlad r3, r9, r6, r3\n\t"          \
    "smlad r2, r10, r5, r2\n\t"         \
    "smlad r3, r10, r8, r3\n\t"         \
    "ldmdb lr, {r4, r5, r6, r8}\n\t"    \
    "smlad r0, r9, r4, r0\n\t"          \
    "smlad r1, r9, r6, r1\n\t"          \
    "smlad r0, r10, r5, r0\n\t"         \
    "smlad r1, r10, r8, r1\n\t"

/* The larger of two sums in the first; ecgp_rescaled() of a sum, which is stored at `to`. */
#define ECGP_SMLAD_LARGER(a, b) "cmp " a ", " b "\n\tit lt\n\tmovlt " a ", " b "\n\t"
#define ECGP_SMLAD_STORE(sum, to)               \
    "lsls   " sum ", " sum ", #1\n\t"         \
    "smmulr r12, " sum ", r6\n\t"             \
    "sub    r12, r12, " sum ", lsr #31\n\t"   \
    "smmlar " sum ", r12, r9, r8\n\t"         \
    "ssat   " sum ", #8, " sum "\n\t"         \
    "strb   " sum ", " to "\n\t"
#define ECGP_SMLAD_NEXT "adds r4, r4, r5\n\tadd r4, r4, r5, lsl #1\n\t" /* three outputs on */

/** Does all tiles from t->quads to t->end; two entries a turn. Takes all registers there are: lr is t after a tile. */
static ECGP_NOINLINE void ecgp_smlad_run(ecgp_smlad_tiles *t)
{
    int8_t **const middle = &t->output;

    __asm__ volatile(
        "ldr   lr, %[middle]\n"
        "0:\n\t"
        "ldmdb lr, {r0, r1, r2, r3, r7, r11, r12, lr}\n\t"
        "add   lr, lr, #16\n"
        "1:\n\t"
        "ldmia r12!, {r4, r9, r10}\n\t"
        "cbz   r4, 2f\n\t" ECGP_SMLAD_MULTIPLY
        "ldmia r12!, {r4, r9, r10}\n\t"
        "cbnz  r4, 3f\n"
        "2:\n\t"
        "b     4f\n"
        "3:\n\t" ECGP_SMLAD_MULTIPLY
        "b     1b\n"
        "4:\n\t"
        "ldr   lr, %[middle]\n\t"
        "ldmia lr, {r4, r5, r6, r8, r9, r10, r12}\n\t"
        "cmp   r12, #1\n\t"
        "blt   7f\n\t"
        "beq   5f\n\t"
        ECGP_SMLAD_LARGER("r0", "r1") ECGP_SMLAD_LARGER("r2", "r3") ECGP_SMLAD_LARGER("r7", "r11")
        ECGP_SMLAD_STORE("r0", "[r4]") ECGP_SMLAD_STORE("r2", "[r4, r5]") ECGP_SMLAD_STORE("r7", "[r4, r5, lsl #1]")
        "b     6f\n"
        "5:\n\t"
        ECGP_SMLAD_STORE("r0", "[r4]") ECGP_SMLAD_STORE("r1", "[r4, r5]") ECGP_SMLAD_STORE("r2", "[r4, r5, lsl #1]")
        ECGP_SMLAD_NEXT
        ECGP_SMLAD_STORE("r3", "[r4]") ECGP_SMLAD_STORE("r7", "[r4, r5]") ECGP_SMLAD_STORE("r11", "[r4, r5, lsl #1]")
        "6:\n\t"
        ECGP_SMLAD_NEXT
        "ldr   r3, [lr, #-4]\n\t"
        "adds  r3, r3, #48\n\t"
        "strd  r3, r4, [lr, #-4]\n\t"
        "cmp   r3, r10\n\t"
        "bne   0b\n\t"
        "b     8f\n"
        "7:\n\t"
        "add   lr, lr, #28\n\t"
        "stmia lr, {r0, r1, r2, r3, r7, r11}\n"
        "8:"
        :
        : [middle] "m"(middle)
        : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#else

/** The sums of one tile. */
static inline void ecgp_smlad_multiply(const ecgp_smlad_tiles *t, int32_t *sums)
{
    const uint32_t *x = t->quads;

    for (int32_t k = 0; k < ECGP_SMLAD_TILE; k++) {
        sums[k] = t->start[k];
    }
    for (const uint32_t *e = t->entries; e[0] != 0u; e += ECGP_SMLAD_ENTRY) {
        x += e[0] / 4u;
        x -= ECGP_SMLAD_BACK * ECGP_SMLAD_WORDS;
        for (int32_t k = 0; k < ECGP_SMLAD_TILE; k++) {
            const uint32_t *const quad = x + ECGP_SMLAD_WORDS * k;

            sums[k] = ecgp_smlad(e[2], quad[1], ecgp_smlad(e[1], quad[0], sums[k]));
        }
    }
}

/** Does all tiles from t->quads to t->end. */
static ECGP_NOINLINE void ecgp_smlad_run(ecgp_smlad_tiles *t)
{
    const ecgp_rescale rescale = {0, t->multiplier, t->right, t->zero, -128, 127};

    if (t->pool == 0) {
        ecgp_smlad_multiply(t, t->sums);
        return;
    }
    while (t->quads != t->end) {
        int32_t sums[ECGP_SMLAD_TILE];

        ecgp_smlad_multiply(t, sums);
        for (int32_t k = 0; k < ECGP_SMLAD_TILE; k += t->pool) {
            const int32_t sum = t->pool == 2 && sums[k + 1] > sums[k] ? sums[k + 1] : sums[k];

            *t->output = (int8_t)ecgp_saturate(ecgp_rescaled(&rescale, sum));
            t->output += t->step;
        }
        t->quads += ECGP_SMLAD_TILE * ECGP_SMLAD_WORDS;
    }
}

#endif

#endif /* ECGP_SMLAD_H */
