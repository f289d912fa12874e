/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file source_adc.c
 * @brief Samples of an ADC, where LIVE_ADC_RATE_HZ is defined; see live.h.
 *
 * With it go LIVE_ADC_LEADS, LIVE_ADC_UNITS_PER_VOLT and LIVE_ADC_ZERO. The ADC's interrupt wakes the core.
 */
#include "live.h"

#include "classifier.h"

#ifdef LIVE_ADC_RATE_HZ
/**
 * What your ADC's interrupt has put into its buffer: yours to write.
 *
 * @param samples  room for `frames` frames, the leads of each one after the other
 * @param frames   number of frames
 * @return how many there were, 0 to `frames`
 */
uint32_t live_adc_read(int16_t *samples, uint32_t frames);

void live_source_work(void)
{
    int16_t samples[16u * ECGP_STREAM_LEADS];
    uint32_t frames;
    while ((frames = live_adc_read(samples, 16u)) > 0u) {
        for (uint32_t at = 0u; at < frames;) {
            at += ecgp_stream_push(&live_stream, samples + at * LIVE_ADC_LEADS, frames - at);
            (void)live_send_events();
        }
    }
}

bool live_source_start(void)
{
    ecgp_stream_config_t config = {.rate_hz = LIVE_ADC_RATE_HZ, .leads = LIVE_ADC_LEADS, .classifier = &live_classifier};
    for (uint32_t i = 0u; i < LIVE_ADC_LEADS; i++) {
        config.lead[i].units_per_volt = LIVE_ADC_UNITS_PER_VOLT;
        config.lead[i].zero = LIVE_ADC_ZERO;
    }
    return ecgp_stream_init(&live_stream, &config);
}

void live_source_frame(const link_frame *frame) { (void)frame; }

void live_source_asked(void) {}

#else
typedef int source_adc_is_not_built; /* ISO C wants a declaration */
#endif
