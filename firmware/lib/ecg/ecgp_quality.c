/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_quality.c
 * @brief Quality of the last 10 s; see ecgp_quality.h. Divisions round down, of values that are not negative.
 */
#include "ecgp_quality.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_integers.h"
#include "ecgp_morphology.h"

#define STRIDE 2u
#define SHIFT 2u /* samples by which a beat may be moved to match */
#define SHIFTS (2u * SHIFT + 1u)
#define PIECES (ECGP_QUALITY_BLOCK / ECGP_SIGNAL_PIECE)
#define PIECES_OF_SECOND (ECGP_SIGNAL_BLOCK / ECGP_SIGNAL_PIECE)

/* Weights of what is measured, in 1/64, and what keeps it positive; ecgprune/ecg/quality.py has the same. */
#define MISMATCH 43u
#define CHANGE 19u
#define NOISE 13u
#define BASELINE 8u
#define OFFSET 512u
#define BEST 438

/** Every second sample from `x` on about their mean, rounded down. */
static void shape_of(const int16_t *x, int16_t *shape)
{
    const int32_t points = (int32_t)ECGP_QUALITY_POINTS;
    int32_t mean = 0;
    uint32_t i;

    for (i = 0u; i < ECGP_QUALITY_POINTS; i++) {
        mean += x[i * STRIDE];
    }
    mean = mean / points - (mean % points < 0 ? 1 : 0);
    for (i = 0u; i < ECGP_QUALITY_POINTS; i++) {
        shape[i] = (int16_t)(x[i * STRIDE] - mean);
    }
}

/** Sum of absolute differences of two shapes, whose points are -8190 to 8190. */
static uint32_t difference(const int16_t *a, const int16_t *b)
{
    uint32_t i;
#if ECGP_DSP
    int32_t sum = 0;

    for (i = 0u; i < ECGP_QUALITY_POINTS; i += 2u) {
        sum = ecgp_smlad(ecgp_size2(ecgp_difference2(ecgp_load2(&a[i]), ecgp_load2(&b[i]))), 0x00010001u, sum);
    }
    return (uint32_t)sum;
#else
    uint32_t sum = 0u;

    for (i = 0u; i < ECGP_QUALITY_POINTS; i++) {
        sum += (uint32_t)ecgp_size(a[i] - b[i]);
    }
    return sum;
#endif
}


static uint8_t relative(uint32_t distance, uint32_t size)
{
    const uint32_t found = ECGP_QUALITY_UNIT * distance / (size + 1u);

    return (uint8_t)(found < ECGP_QUALITY_MOST ? found : ECGP_QUALITY_MOST);
}

/** log2 of the QRS's highest less its lowest sample, 32 an octave, at least 1. */
static uint16_t height_of(const int16_t *x)
{
    int32_t low = x[ECGP_MORPHOLOGY_QRS_FROM];
    int32_t high = low;
    uint32_t i;

    for (i = ECGP_MORPHOLOGY_QRS_FROM; i < ECGP_MORPHOLOGY_QRS_TO; i++) {
        low = x[i] < low ? x[i] : low;
        high = ecgp_larger(high, x[i]);
    }
    return (uint16_t)ecgp_log2(ecgp_distance(high, low) + 2u);
}

/** Adds to a sum of 16 bits, which stays at its highest value. */
static void add(uint16_t *sum, uint32_t value)
{
    *sum = (uint16_t)(*sum + value < 65535u ? *sum + value : 65535u);
}

/** What a beat is nearest to, in all of its places: sums of absolute differences. */
typedef struct {
    uint32_t from_template;
    uint32_t from_past[ECGP_QUALITY_PAST]; /**< in the order of the ring */
    uint32_t size;                         /**< of the beat at its own place */
} nearness;

static void keep_less(uint32_t *least, uint32_t found) { *least = found < *least ? found : *least; }

/** Compares a beat with the template beat and the last beats, moved to fit. */
static void compare(const ecgp_quality_t *q, const int16_t *x, const int16_t *template_beat, nearness *found)
{
    static const int16_t FLAT[ECGP_QUALITY_POINTS] = {0};
    int16_t moved[ECGP_QUALITY_POINTS];
    int16_t shape[ECGP_QUALITY_POINTS];
    uint32_t shift;
    uint32_t i;

    (void)memset(found, 0xff, sizeof *found);
    shape_of(template_beat + ECGP_MORPHOLOGY_QRS_FROM, shape);
    for (shift = 0u; shift < SHIFTS; shift++) {
        shape_of(x + ECGP_MORPHOLOGY_QRS_FROM + shift - SHIFT, moved);
        keep_less(&found->from_template, difference(moved, shape));
        for (i = 0u; i < q->shapes; i++) { /* which are the ring's first ones until it is full */
            keep_less(&found->from_past[i], difference(moved, q->shape[i]));
        }
        if (shift == SHIFT) {
            found->size = difference(moved, FLAT);
        }
    }
}

/** Judges the blocks; the quality stays where there are hardly any beats to judge it by. */
static void judge(ecgp_quality_t *q)
{
    ecgp_quality_block sum = {0};
    uint32_t below;
    uint32_t weighed;
    uint32_t i;

    for (i = 0u; i < ECGP_QUALITY_BLOCKS; i++) {
        const ecgp_quality_block *block = &q->block[i];

        add(&sum.beats, block->beats);
        add(&sum.mismatch, block->mismatch);
        add(&sum.change, block->change);
        add(&sum.height, block->height);
        add(&sum.baseline, block->baseline);
        sum.noise = block->noise > sum.noise ? block->noise : sum.noise;
    }
    if (sum.beats < ECGP_QUALITY_LEAST_BEATS) {
        return;
    }
    below = OFFSET - sum.height / sum.beats;
    weighed = MISMATCH * (4u * sum.mismatch / sum.beats);
    weighed += CHANGE * (uint32_t)ecgp_log2(4u * sum.change / sum.beats + 1u);
    weighed += NOISE * (sum.noise + below) + BASELINE * ((uint32_t)sum.baseline / q->blocks + below);
    weighed /= 64u;
    q->quality = (uint8_t)ecgp_clipped(BEST - (int32_t)weighed, 0, (int32_t)ECGP_QUALITY_MOST);
    q->poor = q->quality < (q->poor ? ECGP_QUALITY_GOOD : ECGP_QUALITY_POOR);
}

/** Ends the block. Returns whether `poor` has changed. */
static ECGP_NOINLINE bool end_block(ecgp_quality_t *q)
{
    ecgp_quality_block *block = &q->block[q->block_at];
    const bool before = q->poor;

    block->noise = (uint16_t)ecgp_log2(q->noise / 64u + 1u);
    block->baseline = (uint16_t)ecgp_log2(q->steps / 16u + 1u);
    q->blocks = (uint8_t)(q->blocks < ECGP_QUALITY_BLOCKS ? q->blocks + 1u : q->blocks);
    judge(q);
    q->block_at = (uint8_t)(q->block_at + 1u < ECGP_QUALITY_BLOCKS ? q->block_at + 1u : 0u);
    (void)memset(&q->block[q->block_at], 0, sizeof q->block[0]);
    q->noise = 0u;
    q->steps = 0u;
    q->pieces = 0u;
    return q->poor != before;
}

void ecgp_quality_init(ecgp_quality_t *quality)
{
    (void)memset(quality, 0, sizeof *quality);
    quality->quality = (uint8_t)ECGP_QUALITY_MOST;
}

void ecgp_quality_reset(ecgp_quality_t *quality)
{
    quality->pieces = 0u;
    quality->follows = false;
    quality->noise = 0u;
    quality->steps = 0u;
}

bool ecgp_quality_piece(ecgp_quality_t *quality, int32_t sum, uint32_t noise)
{
    quality->steps += quality->follows ? ecgp_distance(sum, quality->baseline) : 0u;
    quality->baseline = sum;
    quality->follows = true;
    quality->pieces++;
    quality->noise += quality->pieces % PIECES_OF_SECOND == 0u ? noise : 0u;
    return quality->pieces == PIECES && end_block(quality);
}

ecgp_quality_match ecgp_quality_beat(ecgp_quality_t *quality, const int16_t *x, const int16_t *template_beat)
{
    ecgp_quality_block *block = &quality->block[quality->block_at];
    ecgp_quality_match match = {0u, ECGP_QUALITY_MOST};
    const uint16_t height = height_of(x);
    nearness near;
    uint32_t change = 0u;
    uint32_t i;

    compare(quality, x, template_beat, &near);
    match.from_template = relative(near.from_template, near.size);
    for (i = 0u; i < quality->shapes; i++) {
        const uint32_t at = (quality->shape_at + ECGP_QUALITY_PAST - quality->shapes + i) % ECGP_QUALITY_PAST;
        const uint8_t found = relative(near.from_past[at], near.size);

        if (found < match.from_past) {
            match.from_past = found;
            change = ecgp_distance(height, quality->height[at]);
        }
    }
    shape_of(x + ECGP_MORPHOLOGY_QRS_FROM, quality->shape[quality->shape_at]);
    quality->height[quality->shape_at] = height;
    quality->shape_at = (uint8_t)((quality->shape_at + 1u) % ECGP_QUALITY_PAST);
    quality->shapes = (uint8_t)(quality->shapes < ECGP_QUALITY_PAST ? quality->shapes + 1u : quality->shapes);
    add(&block->beats, 1u);
    add(&block->mismatch, match.from_template < match.from_past ? match.from_template : match.from_past);
    add(&block->change, change);
    add(&block->height, height);
    return match;
}
