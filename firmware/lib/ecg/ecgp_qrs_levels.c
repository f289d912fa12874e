/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_levels.c
 * @brief Levels of the QRS detector, and a candidate's features; see ecgp_qrs_levels.h.
 */
#include "ecgp_qrs_levels.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_integers.h"
#include "ecgp_qrs_network.h"
#include "ecgp_sort.h"

#define SILENCE 270u
#define HALVES 90u
#define MOST_HALVINGS 15u
#define RR_USUAL 144
#define RR_LEAST 36
#define RR_MOST 360
#define SINCE_MOST 720u
#define FORGETS 3u
#define TALL (-6)
#define LOW (-40)
#define UNLIKE 24
#define CLEAR_SCORE 2048
#define UNLIKE_SCORE 4096
#define OTHER_LEAD 32
#define OTHER_BETTER 16
#define LARGEST 127
#define MOST_LEARNED 16u
#define MOST_REJECTED 65535u

ECGP_COLD int32_t ecgp_qrs_log(int32_t x) { return ecgp_log2((uint32_t)x + 1u); }

/** Enters a value in place of the oldest. */
static void shift_in(ecgp_qrs_level_t *level, int16_t value)
{
    int16_t sorted[ECGP_QRS_LEVELS];
    int16_t entered = value;
    uint32_t i;

    for (i = ECGP_QRS_LEVELS; i > 0u; i--) {
        const int16_t before = level->value[i - 1u];

        level->value[i - 1u] = entered;
        sorted[i - 1u] = entered;
        entered = before;
    }
    ecgp_sort(sorted, ECGP_QRS_LEVELS);
    level->median = (int16_t)((sorted[ECGP_QRS_LEVELS / 2u - 1u] + sorted[ECGP_QRS_LEVELS / 2u]) >> 1);
}

static ECGP_NOINLINE void fill(ecgp_qrs_level_t *level, int32_t value)
{
    uint32_t i;

    for (i = 0u; i < ECGP_QRS_LEVELS; i++) {
        level->value[i] = (int16_t)value;
    }
    level->median = (int16_t)value;
}

ECGP_COLD void ecgp_qrs_levels_init(ecgp_qrs_levels_t *levels)
{
    (void)memset(levels, 0, sizeof *levels);
    fill(&levels->rr, RR_USUAL);
}

/**
 * A level from `count` candidates some of which are beats, or artefacts: the third greatest, if two are about as great.
 * If it is less than half of the second, that one counts; if this is less than half of the first, the first does. There
 * is room for three values more, in front, and they are 0. Sorts all.
 */
static int32_t of_beats(int16_t *values, uint32_t count)
{
    const int16_t *greatest = &values[count];

    ecgp_sort(values, count + 3u);
    if (2 * greatest[0] > greatest[1]) {
        return greatest[0];
    }
    return 2 * greatest[1] > greatest[2] ? greatest[1] : greatest[2];
}

ECGP_COLD void ecgp_qrs_levels_learn(ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *first, uint32_t count,
                                     uint32_t leads)
{
    const uint32_t most = count < MOST_LEARNED ? count : MOST_LEARNED;
    int16_t values[MOST_LEARNED + 3u] = {0};
    uint32_t lead;
    uint32_t i;

    for (lead = 0u; lead < leads; lead++) {
        ecgp_qrs_lead_levels_t *of = &levels->lead[lead];
        int32_t height;

        for (i = 0u; i < most; i++) {
            values[3u + i] = first[i].lead[lead].height;
        }
        height = of_beats(values, most);
        for (i = 0u; i < most; i++) {
            values[3u + i] = first[i].lead[lead].slope;
        }
        fill(&of->signal, height);
        fill(&of->noise, height >> 3);
        fill(&of->steep, of_beats(values, most));
    }
}

int8_t ecgp_qrs_distance(const ecgp_qrs_lead_levels_t *lead, const int16_t shape[ECGP_QRS_SHAPE])
{
    int32_t apart = 0;
    int32_t own = 0;
    uint32_t i;

    for (i = 0u; i < ECGP_QRS_SHAPE; i++) {
        apart += ecgp_size(shape[i] - lead->shape[i]);
        own += ecgp_size(lead->shape[i]);
    }
    return (int8_t)ecgp_clipped(ecgp_qrs_log(apart) - ecgp_qrs_log(own), -LARGEST, LARGEST);
}

void ecgp_qrs_learn_shape(ecgp_qrs_lead_levels_t *lead, const int16_t shape[ECGP_QRS_SHAPE])
{
    uint32_t i;

    for (i = 0u; i < ECGP_QRS_SHAPE; i++) {
        lead->shape[i] = (int16_t)(lead->shape[i] + ((shape[i] - lead->shape[i]) >> FORGETS));
    }
}

/** A lead's features: 7. */
static void lead_features(const ecgp_qrs_lead_levels_t *lead, const ecgp_qrs_measure_t *found, uint32_t halvings,
                          int32_t *out)
{
    const int32_t height = ecgp_qrs_log(found->height);
    const int32_t slope = ecgp_qrs_log(found->slope);

    out[0] = height - ecgp_qrs_log(lead->signal.median >> halvings);
    out[1] = height - ecgp_qrs_log(lead->noise.median >> halvings);
    out[2] = slope - ecgp_qrs_log(lead->steep.median >> halvings);
    out[3] = height - slope;
    out[4] = ecgp_qrs_log(found->before) - height;
    out[5] = ecgp_qrs_log(found->after) - height;
    out[6] = found->distance;
}

/** What does not depend on the leads: 4 features. */
static void common_features(const ecgp_qrs_levels_t *levels, uint32_t since, int32_t *out)
{
    const int32_t time = ecgp_qrs_log((int32_t)(since < SINCE_MOST ? since : SINCE_MOST));

    out[0] = time - ecgp_qrs_log(levels->rr.median);
    out[1] = time - ecgp_qrs_log(RR_USUAL);
    out[2] = time - ecgp_qrs_log(levels->rr.value[ECGP_QRS_LEVELS - 1u]);
    out[3] = ecgp_qrs_log((int32_t)levels->rejected);
}

/** The score above which an early candidate is a beat, by its height against the level of a lead, and its distance. */
static int32_t early_score(int32_t height, int32_t distance)
{
    if (height < LOW || (height < TALL && distance > 0)) {
        return INT32_MAX;
    }
    return distance > UNLIKE ? UNLIKE_SCORE : CLEAR_SCORE;
}

ECGP_COLD bool ecgp_qrs_judge(const ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t leads,
                              int32_t *score)
{
    int32_t features[ECGP_QRS_FEATURES(ECGP_QRS_LEADS)];
    int32_t *of = features;
    const uint32_t since = levels->has_last ? one->at - levels->last : SILENCE;
    int32_t least = INT32_MAX;
    uint32_t halvings = 0u;
    uint32_t over;
    uint32_t i;

    for (over = since; over >= SILENCE + HALVES && halvings < MOST_HALVINGS; over -= HALVES) {
        halvings++;
    }
    for (i = 0u; i < leads; i++) {
        lead_features(&levels->lead[i], &one->lead[i], halvings, of);
        least = ecgp_smaller(least, early_score(of[0], one->lead[i].distance));
        of = &of[ECGP_QRS_LEAD_FEATURES];
    }
    least = one->late ? 0 : least;
    if (least == INT32_MAX) {
        return false;
    }
    common_features(levels, since, of);
    for (i = 0u; i < ECGP_QRS_FEATURES(leads); i++) {
        features[i] = ecgp_clipped(features[i], -LARGEST, LARGEST);
    }
    *score = ecgp_qrs_network(features, leads);
    return *score > least;
}

/** How far a lead is from its level, in 32nds of an octave. */
static int32_t off(const ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t lead)
{
    return ecgp_size(ecgp_qrs_log(one->lead[lead].height) - ecgp_qrs_log(levels->lead[lead].signal.median));
}

ECGP_COLD int32_t ecgp_qrs_back(const ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t leads)
{
    const uint32_t other = leads - 1u;
    const int32_t first = off(levels, one, 0u);

    return one->lead[first > OTHER_LEAD && off(levels, one, other) + OTHER_BETTER < first ? other : 0u].back;
}

ECGP_COLD void ecgp_qrs_levels_beat(ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t leads)
{
    uint32_t i;

    if (levels->has_last) {
        const uint32_t rr = one->at - levels->last;

        shift_in(&levels->rr, (int16_t)ecgp_clipped(rr < (uint32_t)RR_MOST ? (int32_t)rr : RR_MOST, RR_LEAST, RR_MOST));
    }
    for (i = 0u; i < leads; i++) {
        shift_in(&levels->lead[i].signal, one->lead[i].height);
        shift_in(&levels->lead[i].steep, one->lead[i].slope);
    }
    levels->last = one->at;
    levels->has_last = true;
    levels->rejected = 0u;
}

ECGP_COLD void ecgp_qrs_levels_reject(ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t leads)
{
    uint32_t i;

    for (i = 0u; i < leads; i++) {
        shift_in(&levels->lead[i].noise, one->lead[i].height);
    }
    levels->rejected += levels->rejected < MOST_REJECTED ? 1u : 0u;
}
