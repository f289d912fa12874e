/* SPDX-License-Identifier: Apache-2.0 */
/** @file qrs_host.c @brief The QRS detector on the host, with weights of the caller's, and what its network sees.
 *
 * The detector is the firmware's: its source is included, so that each candidate can be noted before it is judged.
 */
#define ecgp_qrs_judge noted_judge
#include "../firmware/lib/ecg/ecgp_qrs.c"
#undef ecgp_qrs_judge

#define COLUMNS 20 /* R peak, leads' features, and zeros */
#define MOST_HIDDEN 64

static const int32_t *hidden, *hidden_bias, *out;
static int32_t units, out_bias;
static int32_t *noted;
static long noted_count, noted_most;

int32_t ecgp_qrs_judge(const ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t leads, int32_t *early);
int32_t ecgp_qrs_network(const int32_t *features, uint32_t leads);
long run(const int16_t *low, long samples, int32_t leads, const int32_t *weights, int32_t hidden_units, int32_t *beats,
         long most_beats, int32_t *candidates, long most_candidates, long *count);

int32_t noted_judge(const ecgp_qrs_levels_t *levels, const ecgp_qrs_candidate_t *one, uint32_t leads, int32_t *early)
{
    if (noted_count < noted_most)
        noted[noted_count * COLUMNS] = (int32_t)one->at - one->lead[0].back;
    return ecgp_qrs_judge(levels, one, leads, early);
}

int32_t ecgp_qrs_network(const int32_t *features, uint32_t leads)
{
    const int32_t count = (int32_t)ECGP_QRS_FEATURES(leads);
    int32_t score = out_bias;

    for (int32_t unit = 0; unit < units; unit++) {
        int32_t sum = hidden_bias[unit];

        for (int32_t i = 0; i < count; i++)
            sum += features[i] * hidden[unit * count + i];
        score += sum > 0 ? (sum >> 5) * out[unit] : 0;
    }
    if (noted_count < noted_most) {
        for (int32_t i = 0; i < count; i++)
            noted[noted_count * COLUMNS + 1 + i] = features[i];
        noted_count++;
    }
    return score;
}

/** Beats of a record: R peak, sample with which it was found, whether by a search back. Returns how many. */
long run(const int16_t *low, long samples, int32_t leads, const int32_t *weights, int32_t hidden_units, int32_t *beats,
         long most_beats, int32_t *candidates, long most_candidates, long *count)
{
    static ecgp_qrs_t qrs;
    static ecgp_filter_t filter[ECGP_QRS_LEADS]; /* of which the detector sees the ring alone */
    const int32_t features = (int32_t)ECGP_QRS_FEATURES((uint32_t)leads);
    ecgp_qrs_beat_t beat;
    long found = 0;

    units = hidden_units < MOST_HIDDEN ? hidden_units : MOST_HIDDEN;
    hidden = weights;
    hidden_bias = hidden + units * features;
    out = hidden_bias + units;
    out_bias = out[units];
    noted = candidates;
    noted_count = 0;
    noted_most = most_candidates;
    if (!ecgp_qrs_init(&qrs, (uint32_t)leads))
        return -1;
    for (long k = 0; k < samples; k++) {
        for (int32_t i = 0; i < leads; i++) {
            filter[i].low[k % (long)ECGP_FILTER_KEPT] = low[k * leads + i];
            filter[i].low_at = (uint16_t)((k + 1) % (long)ECGP_FILTER_KEPT);
        }
        if (ecgp_qrs_push(&qrs, filter, 0, &beat) && found < most_beats) {
            beats[3 * found] = (int32_t)beat.sample;
            beats[3 * found + 1] = (int32_t)(beat.sample + beat.late);
            beats[3 * found + 2] = beat.search_back;
            found++;
        }
    }
    *count = noted_count;
    return found;
}
