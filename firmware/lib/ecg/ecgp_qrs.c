/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs.c
 * @brief QRS detector: which candidates are beats; see ecgp_qrs.h.
 */
#include "ecgp_qrs.h"

#include <string.h>

#include "ecgp_integers.h"
#include "ecgp_sort.h"

#define LEAST_HEIGHT 40
#define THRESHOLD_16 6
#define SEARCH_8 4
#define SEARCH_RR_16 28u
#define T_SOON 55
#define T_LATE 90
#define T_STEEP_16 8
#define T_FLAT_16 3
#define SILENCE 270u
#define HALVES 90u
#define RR_USUAL 144
#define RR_LEAST 36
#define RR_MOST 360
#define MOST_HALVINGS 15u

/** Enters a value into the last ECGP_QRS_LEVELS. */
static void shift_in(int16_t values[ECGP_QRS_LEVELS], int16_t value)
{
    (void)memmove(&values[0], &values[1], (ECGP_QRS_LEVELS - 1u) * sizeof values[0]);
    values[ECGP_QRS_LEVELS - 1u] = value;
}

static void fill(int16_t values[ECGP_QRS_LEVELS], int16_t value)
{
    uint32_t i;

    for (i = 0u; i < ECGP_QRS_LEVELS; i++) {
        values[i] = value;
    }
}

/** The mean of the two in the middle, rounded down. */
static int32_t median(const int16_t values[ECGP_QRS_LEVELS])
{
    int16_t sorted[ECGP_QRS_LEVELS];

    (void)memcpy(sorted, values, sizeof sorted);
    ecgp_sort(sorted, ECGP_QRS_LEVELS);
    return (sorted[ECGP_QRS_LEVELS / 2u - 1u] + sorted[ECGP_QRS_LEVELS / 2u]) >> 1;
}

static ecgp_qrs_candidate_t *queued(ecgp_qrs_t *qrs, uint32_t number)
{
    const uint32_t at = qrs->queue_from + number;

    return &qrs->queue[at < ECGP_QRS_QUEUE ? at : at - ECGP_QRS_QUEUE];
}

/** Levels from the first candidates: that of beats is the third greatest of them, or the least of fewer. */
static void learn(ecgp_qrs_t *qrs)
{
    int16_t heights[ECGP_QRS_QUEUE] = {0};
    const uint32_t count = qrs->queue_count;
    uint32_t i;

    for (i = 0u; i < count; i++) {
        heights[i] = queued(qrs, i)->height;
    }
    ecgp_sort(heights, count);
    i = count > 3u ? count - 3u : 0u;
    fill(qrs->signal, heights[i]);
    fill(qrs->noise, (int16_t)(heights[i] >> 3));
    qrs->learned = true;
}

/** What a beat's height must exceed, `since` samples after the last beat. */
static int32_t threshold(const ecgp_qrs_t *qrs, uint32_t since)
{
    uint32_t decay = 0u;
    uint32_t over;
    int32_t noise;
    int32_t above;

    for (over = since; over >= SILENCE + HALVES && decay < MOST_HALVINGS; over -= HALVES) {
        decay++;
    }
    noise = median(qrs->noise) >> decay;
    above = ecgp_larger((median(qrs->signal) >> decay) - noise, 0);
    return ecgp_larger(noise + ((above * THRESHOLD_16) >> 4), LEAST_HEIGHT);
}

/** Whether a candidate `since` samples after the last beat is a T wave, by its slope. */
static bool flat(const ecgp_qrs_t *qrs, const ecgp_qrs_candidate_t *one, uint32_t since)
{
    int32_t part;

    if (since >= (uint32_t)T_LATE) {
        return false;
    }
    part = (T_STEEP_16 * (T_LATE - T_SOON)) - ((T_STEEP_16 - T_FLAT_16) * ecgp_larger((int32_t)since - T_SOON, 0));
    return one->slope * (16 * (T_LATE - T_SOON)) < qrs->last.slope * part;
}

static void tell(ecgp_qrs_t *qrs, const ecgp_qrs_candidate_t *one, bool search_back, ecgp_qrs_beat_t *beat)
{
    beat->sample = one->at - one->back;
    beat->late = qrs->now - beat->sample;
    beat->search_back = search_back;
    beat->height[0] = one->height;
    beat->slope[0] = one->slope;
    beat->noise[0] = (int16_t)median(qrs->noise);
    beat->rejected = qrs->rejected;
    shift_in(qrs->signal, one->height);
    if (qrs->has_last) {
        const uint32_t rr = one->at - qrs->last.at;

        shift_in(qrs->rr, (int16_t)ecgp_clipped((int32_t)(rr < (uint32_t)RR_MOST ? rr : (uint32_t)RR_MOST), RR_LEAST, RR_MOST));
    }
    qrs->search_after = (((uint32_t)median(qrs->rr) * SEARCH_RR_16) >> 4) + ECGP_QRS_WAIT;
    qrs->last = *one;
    qrs->has_last = true;
    qrs->has_best = false;
    qrs->rejected = 0u;
}

/** Decides on a candidate. */
static bool take(ecgp_qrs_t *qrs, const ecgp_qrs_candidate_t *one, ecgp_qrs_beat_t *beat)
{
    const uint32_t since = qrs->has_last ? one->at - qrs->last.at : SILENCE;
    const int32_t least = threshold(qrs, since);
    const bool t_wave = flat(qrs, one, since);

    if (!t_wave && one->height > least) {
        tell(qrs, one, false, beat);
        return true;
    }
    shift_in(qrs->noise, one->height);
    qrs->rejected++;
    if (!t_wave && one->height * 8 > least * SEARCH_8 && (!qrs->has_best || one->height > qrs->best.height)) {
        qrs->best = *one;
        qrs->has_best = true;
    }
    return false;
}

void ecgp_qrs_init(ecgp_qrs_t *qrs, uint32_t leads)
{
    (void)leads;
    (void)memset(qrs, 0, sizeof *qrs);
    ecgp_qrs_lead_init(&qrs->lead[0]);
    fill(qrs->rr, RR_USUAL);
}

/** Takes a sample into the leads; the candidate that it completes goes to the end of the queue. */
static void look(ecgp_qrs_t *qrs, const int16_t *low)
{
    ecgp_qrs_candidate_t *found = queued(qrs, qrs->queue_count);

    if (ecgp_qrs_lead_push(&qrs->lead[0], low[0]) && qrs->queue_count < ECGP_QRS_QUEUE) {
        ecgp_qrs_lead_measure(&qrs->lead[0], qrs->now, found);
        if (qrs->learned || found->at >= ECGP_QRS_BEFORE) {
            qrs->queue_count++;
        }
    }
}

/** Decides on what is due with the newest sample. */
static bool decide(ecgp_qrs_t *qrs, ecgp_qrs_beat_t *beat)
{
    if (!qrs->learned) {
        if (qrs->now == ECGP_QRS_LEARN - 1u) {
            learn(qrs);
        }
        return false;
    }
    if (qrs->queue_count > 0u) {
        const ecgp_qrs_candidate_t one = *queued(qrs, 0u);

        qrs->queue_from = (uint8_t)(qrs->queue_from + 1u < ECGP_QRS_QUEUE ? qrs->queue_from + 1u : 0u);
        qrs->queue_count--;
        return take(qrs, &one, beat);
    }
    if (qrs->has_best && qrs->has_last && qrs->now - qrs->last.at > qrs->search_after) {
        const ecgp_qrs_candidate_t one = qrs->best;

        tell(qrs, &one, true, beat);
        return true;
    }
    return false;
}

bool ecgp_qrs_push(ecgp_qrs_t *qrs, const int16_t *low, ecgp_qrs_beat_t *beat)
{
    bool found;

    look(qrs, low);
    found = decide(qrs, beat);
    qrs->now++;
    return found;
}
