/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_signal.c
 * @brief Flat lines, saturation, hum and silence; see ecgp_signal.h.
 */
#include "ecgp_signal.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_integers.h"

static void begin(ecgp_signal_t *signal)
{
    signal->least = INT16_MAX;
    signal->most = INT16_MIN;
    signal->railed = 0u;
    signal->at = 0u;
    signal->noise = 0u;
}

/** Judges the block that ends. */
static void judge(ecgp_signal_t *signal)
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
    signal->seen = 0u;
    signal->silence = (uint16_t)(signal->reason == (uint8_t)ECGP_SIGNAL_NO_BEAT ? ECGP_SIGNAL_SILENCE : 0u);
}

/** Why there is no signal now. */
static ecgp_signal_reason reason_of(const ecgp_signal_t *signal)
{
    const ecgp_signal_reason other = signal->silence == ECGP_SIGNAL_SILENCE ? ECGP_SIGNAL_NO_BEAT : ECGP_SIGNAL_GOOD;

    return signal->bad == ECGP_SIGNAL_BLOCKS ? (ecgp_signal_reason)signal->why : other;
}

/** Looks for a reason. Returns whether there is a signal where there was none, or none where there was. */
static ECGP_NOINLINE bool look(ecgp_signal_t *signal)
{
    const ecgp_signal_reason now = reason_of(signal);
    const bool was_good = signal->reason == (uint8_t)ECGP_SIGNAL_GOOD;
    const bool changed = (now == ECGP_SIGNAL_GOOD) != was_good; /* another reason is no event: there is still no signal */

    signal->reason = changed ? (uint8_t)now : signal->reason;
    return changed;
}

bool ecgp_signal_sample(ecgp_signal_t *signal, int16_t low, bool beat)
{
    bool may_change = beat; /* else only the end of a block, 10 s of silence and the first sample change the reason */

    if (beat) {
        signal->silence = 0u;
    } else if (signal->silence < ECGP_SIGNAL_SILENCE) {
        signal->silence++;
        may_change = signal->silence == ECGP_SIGNAL_SILENCE;
    } else {
        /* It is long enough. */
    }
    if (low < signal->least) {
        signal->least = low;
    }
    if (low > signal->most) {
        signal->most = low;
    }
    if (signal->seen == 2u) {
        signal->noise += (uint32_t)ecgp_size(low + signal->previous - 2 * signal->last);
    } else {
        may_change = may_change || signal->seen == 0u;
        signal->seen++;
    }
    signal->previous = signal->last;
    signal->last = low;
    signal->at++;
    if (signal->at == ECGP_SIGNAL_BLOCK) {
        judge(signal);
        may_change = true;
    }
    return may_change && look(signal);
}
