/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_signal.c
 * @brief Flat lines, saturation and silence; see ecgp_signal.h.
 */
#include "ecgp_signal.h"

#include <string.h>

static void begin(ecgp_signal_t *signal)
{
    uint32_t i;

    for (i = 0u; i < ECGP_SIGNAL_LEADS; i++) {
        signal->lead[i].least = INT16_MAX;
        signal->lead[i].most = INT16_MIN;
        signal->lead[i].railed = 0u;
    }
    signal->at = 0u;
}

/** Judges a lead's block that ends. */
static void judge(ecgp_signal_lead_t *lead, uint16_t half)
{
    const bool railed = lead->railed > half;

    if (!railed && lead->most - lead->least >= ECGP_SIGNAL_FLAT) {
        lead->bad = 0u;
        lead->reason = (uint8_t)ECGP_SIGNAL_GOOD;
    } else {
        lead->bad = (uint16_t)(lead->bad < ECGP_SIGNAL_BLOCKS ? lead->bad + 1u : lead->bad);
        lead->reason = (uint8_t)(railed ? ECGP_SIGNAL_SATURATED : ECGP_SIGNAL_IS_FLAT);
    }
}

static bool failed(const ecgp_signal_lead_t *lead) { return lead->bad >= ECGP_SIGNAL_BLOCKS; }

/** An ecgp_signal_reason: of the first lead where all have failed. */
static uint8_t reason_of(const ecgp_signal_t *signal)
{
    uint32_t i;

    for (i = 0u; i < signal->leads && failed(&signal->lead[i]); i++) {
    }
    if (i == signal->leads) {
        return signal->lead[0].reason;
    }
    return (uint8_t)(signal->silence >= ECGP_SIGNAL_SILENCE ? ECGP_SIGNAL_NO_BEAT : ECGP_SIGNAL_GOOD);
}

void ecgp_signal_init(ecgp_signal_t *signal, uint16_t leads, uint16_t rate_hz)
{
    uint32_t i;

    (void)memset(signal, 0, sizeof *signal);
    signal->leads = leads;
    signal->half = (uint16_t)(rate_hz / 2u);
    for (i = 0u; i < ECGP_SIGNAL_LEADS; i++) {
        ecgp_signal_range(signal, i, 0, 0);
    }
    begin(signal);
}

void ecgp_signal_range(ecgp_signal_t *signal, uint32_t lead, int16_t lowest, int16_t highest)
{
    const bool known = lowest != highest;

    signal->lead[lead].lowest = known ? lowest : INT16_MIN;
    signal->lead[lead].highest = known ? highest : INT16_MAX;
}

void ecgp_signal_reset(ecgp_signal_t *signal)
{
    begin(signal);
    signal->silence = signal->reason == (uint8_t)ECGP_SIGNAL_NO_BEAT ? (uint16_t)ECGP_SIGNAL_SILENCE : 0u;
}

void ecgp_signal_frame(ecgp_signal_t *signal, const int16_t *samples)
{
    uint32_t i;

    for (i = 0u; i < signal->leads; i++) {
        ecgp_signal_lead_t *lead = &signal->lead[i];

        if (samples[i] <= lead->lowest || samples[i] >= lead->highest) {
            lead->railed++;
        }
    }
}

bool ecgp_signal_sample(ecgp_signal_t *signal, const int16_t *low, bool beat)
{
    const uint8_t before = signal->reason;
    uint8_t now;
    uint32_t i;

    signal->silence = (uint16_t)(beat ? 0u : signal->silence < ECGP_SIGNAL_SILENCE ? signal->silence + 1u : signal->silence);
    for (i = 0u; i < signal->leads; i++) {
        ecgp_signal_lead_t *lead = &signal->lead[i];

        lead->least = low[i] < lead->least ? low[i] : lead->least;
        lead->most = low[i] > lead->most ? low[i] : lead->most;
    }
    signal->at++;
    if (signal->at == ECGP_SIGNAL_BLOCK) {
        for (i = 0u; i < signal->leads; i++) {
            judge(&signal->lead[i], signal->half);
        }
        begin(signal);
    }
    now = reason_of(signal);
    if ((now == (uint8_t)ECGP_SIGNAL_GOOD) == (before == (uint8_t)ECGP_SIGNAL_GOOD)) {
        return false; /* another reason is no event: there is no signal still */
    }
    signal->reason = now;
    return true;
}

bool ecgp_signal_good(const ecgp_signal_t *signal)
{
    return !failed(&signal->lead[0]) && signal->reason == (uint8_t)ECGP_SIGNAL_GOOD;
}
