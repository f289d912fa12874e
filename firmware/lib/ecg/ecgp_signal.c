/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_signal.c
 * @brief Flat lines, saturation, hum and silence; see ecgp_signal.h.
 */
#include "ecgp_signal.h"

#include <string.h>

#include "ecgp_integers.h"

static void begin(ecgp_signal_t *signal)
{
    signal->least = INT16_MAX;
    signal->most = INT16_MIN;
    signal->railed = 0u;
    signal->noise = 0u;
}

int32_t ecgp_signal_piece(ecgp_signal_t *signal, const int16_t *ring, uint32_t end)
{
    uint32_t at = ecgp_filter_place(end, ECGP_SIGNAL_PIECE);
    int32_t last = ring[at];
    int32_t change = 0;
    int32_t least = signal->least;
    int32_t most = signal->most;
    int32_t sum = 0;
    uint32_t noise = signal->noise;
    uint32_t left = ECGP_SIGNAL_PIECE;

    if (signal->follows) {
        last = ring[ecgp_filter_place(at, 1u)];
        change = last - ring[ecgp_filter_place(at, 2u)];
    } else { /* of the first two samples there is no second difference: what the loop adds for the second one */
        noise -= ecgp_distance(ring[at + 1u < ECGP_FILTER_KEPT ? at + 1u : 0u], last);
    }
    while (left > 0u) { /* once, or once more from the ring's beginning */
        uint32_t run = ECGP_FILTER_KEPT - at < left ? ECGP_FILTER_KEPT - at : left;

        left -= run;
        for (; run > 0u; run--) {
            const int32_t now = ring[at];
            const int32_t step = now - last;

            noise += (uint32_t)ecgp_size(step - change);
            change = step;
            last = now;
            sum += now;
            least = ecgp_smaller(least, now);
            most = ecgp_larger(most, now);
            at++;
        }
        at = 0u;
    }
    signal->least = (int16_t)least;
    signal->most = (int16_t)most;
    signal->noise = noise;
    signal->follows = true;
    return sum;
}

void ecgp_signal_block(ecgp_signal_t *signal)
{
    const uint32_t range = ecgp_distance(signal->most, signal->least);
    const bool hum = range >= ECGP_SIGNAL_HUM && signal->noise * ECGP_SIGNAL_SHARE > range * ECGP_SIGNAL_BLOCK;

    signal->why = (uint8_t)(range < ECGP_SIGNAL_FLAT ? ECGP_SIGNAL_IS_FLAT : ECGP_SIGNAL_GOOD);
    if (hum) {
        signal->why = (uint8_t)ECGP_SIGNAL_IS_HUM;
        signal->bad = ECGP_SIGNAL_BLOCKS; /* at once: some of it looks like beats */
    }
    if (signal->railed > signal->half) {
        signal->why = (uint8_t)ECGP_SIGNAL_SATURATED;
    }
    if (signal->why == (uint8_t)ECGP_SIGNAL_GOOD) {
        signal->bad = 0u;
    } else if (signal->bad < ECGP_SIGNAL_BLOCKS) {
        signal->bad++;
    } else {
        /* It has failed already. */
    }
    signal->noise_before = signal->noise;
    begin(signal);
}

void ecgp_signal_init(ecgp_signal_t *signal, uint16_t rate_hz, int16_t lowest, int16_t highest)
{
    (void)memset(signal, 0, sizeof *signal);
    signal->half = (uint16_t)(rate_hz / 2u);
    signal->lowest = lowest != highest ? lowest : INT16_MIN;
    signal->highest = lowest != highest ? highest : INT16_MAX;
    begin(signal);
}

void ecgp_signal_reset(ecgp_signal_t *signal)
{
    begin(signal);
    signal->follows = false;
    signal->silent = signal->reason == (uint8_t)ECGP_SIGNAL_NO_BEAT;
}

/** Why there is no signal now. */
static ecgp_signal_reason reason_of(const ecgp_signal_t *signal)
{
    const ecgp_signal_reason other = signal->silent ? ECGP_SIGNAL_NO_BEAT : ECGP_SIGNAL_GOOD;

    return signal->bad == ECGP_SIGNAL_BLOCKS ? (ecgp_signal_reason)signal->why : other;
}

bool ecgp_signal_look(ecgp_signal_t *signal)
{
    const ecgp_signal_reason now = reason_of(signal);
    const bool was_good = signal->reason == (uint8_t)ECGP_SIGNAL_GOOD;
    /* Another reason is no event: there is still no signal. */
    const bool changed = (now == ECGP_SIGNAL_GOOD) != was_good;

    signal->reason = changed ? (uint8_t)now : signal->reason;
    return changed;
}
