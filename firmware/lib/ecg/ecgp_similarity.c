/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_similarity.c
 * @brief The last beats of this shape; see ecgp_similarity.h. Every C division here rounds towards zero.
 */
#include "ecgp_similarity.h"

#include <string.h>

#include "ecgp_integers.h"
#include "ecgp_select.h"

#define SHIFTS 3u /* places that a beat is tried at: ECGP_SIMILARITY_STRIDE samples early, its own, as many late */

/** Every second sample from `x` on as a vector about its mean (rounded down), of length ECGP_SIMILARITY_UNIT. */
static void unit_vector(const int16_t *x, int8_t *unit)
{
    const int32_t points = (int32_t)ECGP_SIMILARITY_POINTS;
    uint32_t squares = 0u;
    int32_t mean = 0;
    int32_t length;
    uint32_t i;

    for (i = 0u; i < ECGP_SIMILARITY_POINTS; i++) {
        mean += x[i * ECGP_SIMILARITY_STRIDE];
    }
    mean = mean / points - (mean % points < 0 ? 1 : 0);
    for (i = 0u; i < ECGP_SIMILARITY_POINTS; i++) {
        const uint32_t off = ecgp_distance(x[i * ECGP_SIMILARITY_STRIDE], mean);
        squares += off * off;
    }
    length = (int32_t)ecgp_root(squares) + 1;
    for (i = 0u; i < ECGP_SIMILARITY_POINTS; i++) {
        unit[i] = (int8_t)((x[i * ECGP_SIMILARITY_STRIDE] - mean) * ECGP_SIMILARITY_UNIT / length);
    }
}

/** Highest similarity of a remembered shape with the beat at any of its places, at least 0. */
static int32_t alike(const int8_t *shape, int8_t moved[SHIFTS][ECGP_SIMILARITY_POINTS])
{
    int32_t most = 0;
    uint32_t at;
    uint32_t i;

    for (at = 0u; at < SHIFTS; at++) {
        int32_t sum = 0;

        for (i = 0u; i < ECGP_SIMILARITY_POINTS; i++) {
            sum += shape[i] * moved[at][i];
        }
        most = ecgp_larger(most, sum / ECGP_SIMILARITY_UNIT);
    }
    return most;
}

/** Writes the features of a beat that others came before. */
static void compared(const ecgp_similarity_t *s, int8_t moved[SHIFTS][ECGP_SIMILARITY_POINTS], int8_t early,
                     int8_t *out)
{
    const int32_t count = s->count;
    int16_t values[ECGP_SIMILARITY_REMEMBERED];
    int32_t close = 0;
    int32_t shares = 0;
    int32_t earlier = 0;
    uint32_t i;

    for (i = 0u; i < s->count; i++) {
        const int32_t found = alike(s->shape[i], moved);
        const int32_t share = ecgp_clipped(found - ECGP_SIMILARITY_LIKE, 0, ECGP_SIMILARITY_FULL);

        values[i] = (int16_t)found;
        close += found >= ECGP_SIMILARITY_ALIKE ? 1 : 0;
        shares += share;
        earlier += share * s->early[i];
    }
    earlier /= shares + ECGP_SIMILARITY_FULL / 2;
    out[0] = ecgp_to_int8(ECGP_SIMILARITY_UNIT * close / count);
    out[1] = ecgp_to_int8(ECGP_SIMILARITY_UNIT * shares / (ECGP_SIMILARITY_FULL * count));
    out[2] = ecgp_to_int8(ecgp_select(values, s->count, (s->count - 1u) / 2u));
    out[3] = ecgp_to_int8(ecgp_select(values, s->count, s->count - 1u));
    out[4] = ecgp_to_int8(earlier);
    out[5] = ecgp_to_int8(early - earlier);
}

void ecgp_similarity_beat(ecgp_similarity_t *similarity, const int16_t *x, int8_t early,
                          int8_t out[ECGP_SIMILARITY_FEATURES])
{
    int8_t moved[SHIFTS][ECGP_SIMILARITY_POINTS];
    uint32_t at;

    for (at = 0u; at < SHIFTS; at++) {
        unit_vector(x + ECGP_SIMILARITY_FIRST + at * ECGP_SIMILARITY_STRIDE - ECGP_SIMILARITY_STRIDE, moved[at]);
    }
    if (similarity->count > 0u) {
        compared(similarity, moved, early, out);
    } else {
        (void)memset(out, 0, ECGP_SIMILARITY_FEATURES);
        out[5] = early;
    }
    (void)memcpy(similarity->shape[similarity->next], moved[SHIFTS / 2u], sizeof moved[0]);
    similarity->early[similarity->next] = early;
    similarity->next = (uint16_t)((similarity->next + 1u) % ECGP_SIMILARITY_REMEMBERED);
    if (similarity->count < ECGP_SIMILARITY_REMEMBERED) {
        similarity->count++;
    }
}

void ecgp_similarity_init(ecgp_similarity_t *similarity) { (void)memset(similarity, 0, sizeof *similarity); }
