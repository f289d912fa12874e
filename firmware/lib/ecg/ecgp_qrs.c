/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs.c
 * @brief QRS detector: which candidates are beats, and when they are told; see ecgp_qrs.h.
 */
#include "ecgp_qrs.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_integers.h"
#include "ecgp_qrs_doubt.h"

#define APART 18u
#define SEARCH_SCORE (-3072)
#define SEARCH_RR_16 20u
#define SEARCH_MOST 290u
#define SEARCH_LEAST 50u
#define SEARCH_SHIFT 6u
#define RISES 5
#define HOLD 54u

static uint32_t leads_of(const ecgp_qrs_t *qrs) { return ECGP_QRS_LEADS > 1u ? qrs->leads : 1u; }

static ECGP_NOINLINE ecgp_qrs_candidate_t *queued(ecgp_qrs_t *qrs, uint32_t number)
{
    const uint32_t at = qrs->queue_from + number;

    return &qrs->queue[at < ECGP_QRS_QUEUE ? at : at - ECGP_QRS_QUEUE];
}

/** Whether a candidate is a new one: while the levels are learned only if it is one for good, and no other lead's. */
static bool is_new(ecgp_qrs_t *qrs, uint32_t at, bool late)
{
    bool found = qrs->learned;

    if (late) {
        found = (found || at >= ECGP_QRS_BEFORE) && at - qrs->last_late > ECGP_QRS_NEAR;
        qrs->last_late = found ? at : qrs->last_late;
    }
    return found && qrs->queue_count < (qrs->learned ? ECGP_QRS_QUEUE : ECGP_QRS_LEARNED);
}

/** Lets the template be the shape of the greatest candidate so far, whose height is the first of `signal` till then. */
static ECGP_NOINLINE void keep_greatest(ecgp_qrs_lead_levels_t *levels, int16_t height,
                                        const int16_t shape[ECGP_QRS_SHAPE])
{
    if (height > levels->signal.value[0]) {
        levels->signal.value[0] = height;
        (void)memcpy(levels->shape, shape, sizeof levels->shape);
    }
}

/** Whether a candidate is too soon after the last beat. Another lead's may be of a little before that. */
static bool is_refractory(const ecgp_qrs_t *qrs, uint32_t at)
{
    return qrs->levels.has_last && at + ECGP_QRS_WAIT - qrs->levels.last < ECGP_QRS_REFRACTORY + ECGP_QRS_WAIT;
}

/** Puts a candidate that lead `owner` shows at the end of the queue; `alone`: no other lead shows one. */
static void enter(ecgp_qrs_t *qrs, const ecgp_filter_t *filter, uint32_t newest, uint32_t owner, bool late, bool alone)
{
    const uint32_t ago = late ? ECGP_QRS_WAIT : ECGP_QRS_EARLY;
    ecgp_qrs_candidate_t *one = queued(qrs, qrs->queue_count);
    uint32_t i;

    if (!is_new(qrs, qrs->now - ago, late)) {
        return;
    }
    if (alone && qrs->learned && qrs->queue_count == 0u && is_refractory(qrs, qrs->now - ago)) {
        return; /* it would be left out now: most candidates are of a beat that is known, and measuring costs */
    }
    one->at = qrs->now - ago;
    one->late = late;
    one->rises = false;
    for (i = 0u; i < leads_of(qrs); i++) {
        ecgp_qrs_lead_measure(&qrs->lead[i], filter[i].low, newest, ago, i == owner, &one->lead[i], qrs->shape[i]);
        if (!qrs->learned) {
            keep_greatest(&qrs->levels.lead[i], one->lead[i].height, qrs->shape[i]);
        }
        one->lead[i].distance = ecgp_qrs_distance(&qrs->levels.lead[i], qrs->shape[i]);
        one->rises = one->rises || qrs->lead[i].total >= RISES * one->lead[i].height;
    }
    qrs->queue_count++;
}

static void tell(ecgp_qrs_t *qrs, const ecgp_qrs_candidate_t *one, bool search_back, ecgp_qrs_beat_t *beat)
{
    int32_t back = ecgp_qrs_back(&qrs->levels, one, leads_of(qrs));
    uint32_t usual;
    uint32_t i;

    /* Two leads may not agree on a peak; `at` is more than APART after the last one. */
    if (qrs->levels.has_last && one->at - qrs->peak < APART + ECGP_QRS_BEFORE) {
        back = ecgp_clipped((int32_t)(one->at - qrs->peak - APART), INT16_MIN, back);
    }
    beat->sample = one->at - (uint32_t)back;
    qrs->peak = beat->sample;
    beat->late = qrs->now - beat->sample;
    beat->search_back = search_back;
    beat->rejected = qrs->levels.rejected;
    for (i = 0u; i < leads_of(qrs); i++) {
        beat->height[i] = one->lead[i].height;
        beat->slope[i] = one->lead[i].slope;
        beat->noise[i] = qrs->levels.lead[i].noise.median;
    }
    ecgp_qrs_levels_beat(&qrs->levels, one, leads_of(qrs));
    usual = ((uint32_t)qrs->levels.rr.median * SEARCH_RR_16) >> 4;
    qrs->search_after = (usual < SEARCH_MOST ? usual : SEARCH_MOST) + ECGP_QRS_WAIT;
    qrs->has_best = false;
    qrs->holds = false;
}

/** Tells the candidate that is held, or else that of a search back. */
static bool tell_best(ecgp_qrs_t *qrs, ecgp_qrs_beat_t *beat)
{
    tell(qrs, &qrs->best, !qrs->holds, beat);
    return true;
}

static void keep(ecgp_qrs_t *qrs, const ecgp_qrs_candidate_t *one, int32_t score)
{
    qrs->best = *one;
    qrs->best_score = score;
    qrs->has_best = true;
}

/** Whether the candidate after the one that is held is a beat in its place. */
static bool is_instead(const ecgp_qrs_t *qrs, const ecgp_qrs_candidate_t *one)
{
    int32_t score;

    return ecgp_qrs_judge(&qrs->levels, one, leads_of(qrs), &score) &&
           ecgp_qrs_is_better(one, &qrs->best, leads_of(qrs));
}

/** Decides on a candidate; `at_hand`: its shape can still be learned. */
static bool take(ecgp_qrs_t *qrs, const ecgp_qrs_candidate_t *one, bool at_hand, ecgp_qrs_beat_t *beat)
{
    int32_t score;
    uint32_t i;

    if (ecgp_qrs_judge(&qrs->levels, one, leads_of(qrs), &score)) {
        if (one->late && ecgp_qrs_is_doubtful(one, leads_of(qrs))) {
            keep(qrs, one, score);
            qrs->holds = true;
            return false;
        }
        tell(qrs, one, false, beat);
        for (i = 0u; at_hand && i < leads_of(qrs); i++) {
            ecgp_qrs_learn_shape(&qrs->levels.lead[i], qrs->shape[i]);
        }
        return true;
    }
    if (one->late) {
        ecgp_qrs_levels_reject(&qrs->levels, one, leads_of(qrs));
        if (score > SEARCH_SCORE && one->at - qrs->levels.last >= SEARCH_LEAST &&
            (!qrs->has_best || score > qrs->best_score)) {
            keep(qrs, one, score);
        }
    }
    return false;
}

/** Decides on the first candidate in the queue, and removes it; not if the one that is held is told in front of it. */
static bool decide_first(ecgp_qrs_t *qrs, bool alone, ecgp_qrs_beat_t *beat)
{
    const ecgp_qrs_candidate_t *one = queued(qrs, 0u); /* it stays there until the next sample */
    const bool possible = !ecgp_qrs_is_low(one, leads_of(qrs)) && !is_refractory(qrs, one->at);
    const bool at_hand = qrs->queue_count == 1u && alone;

    if (possible && qrs->holds) {
        if (is_instead(qrs, one)) {
            qrs->holds = false;
            qrs->has_best = false;
        } else if (one->late) {
            return tell_best(qrs, beat);
        }
    }
    qrs->queue_from = (uint8_t)(qrs->queue_from + 1u < ECGP_QRS_QUEUE ? qrs->queue_from + 1u : 0u);
    qrs->queue_count--;
    return possible && !qrs->holds && take(qrs, one, at_hand, beat);
}

/** Decides on what is due with the newest sample, of which `count` candidates are; not while the levels are learned. */
static ECGP_COLD bool decide(ecgp_qrs_t *qrs, uint32_t count, ecgp_qrs_beat_t *beat)
{
    uint32_t after;

    if (!qrs->learned) {
        return false;
    }
    if (qrs->queue_count > 0u) {
        return decide_first(qrs, count == 1u, beat);
    }
    if (qrs->holds) {
        return qrs->now - qrs->best.at > HOLD + ECGP_QRS_WAIT && tell_best(qrs, beat);
    }
    /* A score of 0 at most: one above it was told. */
    after = qrs->search_after + ((uint32_t)-qrs->best_score >> SEARCH_SHIFT);
    return qrs->levels.has_last && qrs->now - qrs->levels.last > after && tell_best(qrs, beat);
}

ECGP_COLD bool ecgp_qrs_init(ecgp_qrs_t *qrs, uint32_t leads)
{
    if (leads < 1u || leads > ECGP_QRS_LEADS) {
        return false;
    }
    (void)memset(qrs, 0, sizeof *qrs);
    ecgp_qrs_levels_init(&qrs->levels);
    qrs->leads = (uint8_t)leads;
    qrs->now = UINT32_MAX;
    qrs->last_late = UINT32_MAX - ECGP_QRS_NEAR;
    return true;
}

/** Lets the first sample be all that came before it; sets the levels with the first one after 2 s. */
static ECGP_COLD void learn(ecgp_qrs_t *qrs, const ecgp_filter_t *filter, uint32_t newest)
{
    uint32_t i;

    for (i = 0u; qrs->now == 0u && i < leads_of(qrs); i++) {
        ecgp_qrs_lead_init(&qrs->lead[i], filter[i].low[newest]);
    }
    if (qrs->now == ECGP_QRS_LEARN) {
        ecgp_qrs_levels_learn(&qrs->levels, qrs->queue, qrs->queue_count, leads_of(qrs));
        qrs->learned = true;
    }
}

/** Puts the `count` candidates that are shown into the queue. Returns how many it took. */
static ECGP_COLD uint32_t enter_shown(ecgp_qrs_t *qrs, const ecgp_filter_t *filter, uint32_t newest,
                                      const ecgp_qrs_shown_t *shown, uint32_t count)
{
    const uint32_t before = qrs->queue_count;
    uint32_t i;

    for (i = 0u; i < leads_of(qrs); i++) {
        if (shown[i] != ECGP_QRS_NOTHING) {
            enter(qrs, filter, newest, i, shown[i] == ECGP_QRS_SHOWN_LATE, count == 1u);
        }
    }
    return qrs->queue_count - before;
}

bool ecgp_qrs_push(ecgp_qrs_t *qrs, const ecgp_filter_t *filter, uint32_t ago, ecgp_qrs_beat_t *beat)
{
    ecgp_qrs_shown_t shown[ECGP_QRS_LEADS];
    const uint32_t newest = ecgp_filter_place(filter->low_at, ago + 1u);
    const uint32_t leads = leads_of(qrs);
    const ecgp_filter_t *from = filter;
    ecgp_qrs_lead_t *lead = qrs->lead;
    uint32_t count = 0u;
    uint32_t i;

    qrs->now++;
    if (!qrs->learned) {
        learn(qrs, filter, newest);
    }
    for (i = 0u; i < leads; i++) {
        shown[i] = ecgp_qrs_lead_push(lead, from->low[newest]);
        lead++;
        from++;
        count += shown[i] != ECGP_QRS_NOTHING ? 1u : 0u;
    }
    if (count > 0u) {
        count = enter_shown(qrs, filter, newest, shown, count);
    }
    return (qrs->queue_count > 0u || qrs->has_best) && decide(qrs, count, beat);
}
