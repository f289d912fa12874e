/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file stream_host.c
 * @brief ecgp_stream.h on the host: int16 frames from stdin, a line for each event to stdout.
 *
 * Arguments: rate in Hz, leads, frames of a push (0: another number each time), for each lead ADC units per volt, at 0 V,
 * lowest and highest, and then for each gap the frame before which it is and how many are missing. A line has the
 * event's fields, in their order, and the frames that had been taken. With -DMODEL the classifier is the model of an
 * ecg.h; without, a checksum of its inputs. With -DBLOCKS each block of the quality has a line too, which begins with -1. A second stream runs beside, on other samples: the two must not know of each
 * other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ecgp_beat.h"
#include "ecgp_stream.h"

#ifdef MODEL
#include "ecg.h"

static int8_t *input(void *model, ecgp_stream_input which)
{
    switch (which) {
#ifdef ECG_INPUT_ECG
    case ECGP_INPUT_ECG: return ecg_input(model, ECG_INPUT_ECG);
#endif
#ifdef ECG_INPUT_RR
    case ECGP_INPUT_RR: return ecg_input(model, ECG_INPUT_RR);
#endif
#ifdef ECG_INPUT_PATIENT
    case ECGP_INPUT_PATIENT: return ecg_input(model, ECG_INPUT_PATIENT);
#endif
#ifdef ECG_INPUT_CONTEXT
    case ECGP_INPUT_CONTEXT: return ecg_input(model, ECG_INPUT_CONTEXT);
#endif
    default: return NULL;
    }
}

static const int8_t *run(void *model) { return ecg_invoke(model) == ECGP_OK ? ecg_output(model, 0) : NULL; }

static const ecgp_classifier_t CLASSIFIER = {ECG_WINDOW, ECG_WINDOW_BEFORE, ECG_CLASSES, input, run};
#else
#define WINDOW 170u
#define CLASSES 5u

typedef struct {
    int8_t ecg[WINDOW], rr[ECGP_BEAT_RR_FEATURES], patient[ECGP_PATIENT_FEATURES], context[ECGP_CONTEXT_FEATURES];
    int8_t scores[CLASSES];
} checksum_t;

static int8_t *input(void *model, ecgp_stream_input which)
{
    checksum_t *m = model;
    int8_t *const inputs[] = {m->ecg, m->rr, m->patient, m->context};

    return inputs[which];
}

static const int8_t *run(void *model)
{
    checksum_t *m = model;
    const uint8_t *bytes = (const uint8_t *)model;
    uint32_t sum = 0u;

    for (size_t i = 0; i < offsetof(checksum_t, scores); i++)
        sum = sum * 31u + bytes[i];
    for (uint32_t i = 0; i < CLASSES; i++)
        m->scores[i] = (int8_t)((int32_t)((sum >> (6u * i)) & 255u) - 128);
    return m->scores;
}

static const ecgp_classifier_t CLASSIFIER = {WINDOW, 64u, CLASSES, input, run};
#endif

static ecgp_stream_t stream, other;

static void poll(void)
{
    ecgp_event_t e;

    while (ecgp_stream_poll(&stream, &e))
        printf("%d %lu %lu %d %d %d %d %d %d %lu\n", (int)e.kind, (unsigned long)e.sample, (unsigned long)e.rr, e.beat_class,
               e.score, e.reason, e.quality, e.late, e.lead, (unsigned long)stream.frames);
}

/** Prints what the quality has measured in a block that has ended; with -DBLOCKS. */
static void print_block(void)
{
#ifdef BLOCKS
    static uint16_t printed;
    const ecgp_quality_block *b = &stream.quality.block[printed];

    if (printed != stream.quality.block_at) {
        printf("-1 %d %d %d %d %d %d %d %lu\n", b->beats, b->mismatch, b->change, b->height, b->noise, b->baseline,
               stream.quality.quality, (unsigned long)stream.frames);
        printed = stream.quality.block_at;
    }
#endif
}

/** Pushes `count` frames in parts of `part`. */
static void push(const int16_t *samples, uint32_t count, uint32_t part)
{
    static uint32_t draw = 1u;

    while (count > 0u) {
        uint32_t n = part;

        if (part == 0u) {
            draw = draw * 1664525u + 1013904223u;
            n = 1u + (draw >> 16) % 1000u;
        }
        n = n < count ? n : count;
        const uint32_t taken = ecgp_stream_push(&stream, samples, n);
        ecgp_event_t ignored;

        (void)ecgp_stream_push(&other, samples, taken);
        while (ecgp_stream_poll(&other, &ignored)) {
        }
        samples += taken * stream.leads;
        count -= taken;
        print_block();
        poll();
    }
}

int main(int argc, char **argv)
{
    ecgp_stream_config_t config;
    int word = 4;

    (void)memset(&config, 0, sizeof config);
    if (argc < 4)
        return 2;
    config.rate_hz = (uint16_t)atol(argv[1]);
    config.leads = (uint16_t)atol(argv[2]);
    const uint32_t part = (uint32_t)atol(argv[3]);
    for (uint32_t i = 0; i < config.leads && i < ECGP_STREAM_LEADS && word + 4 <= argc; i++, word += 4) {
        config.lead[i].units_per_volt = (uint32_t)atol(argv[word]);
        config.lead[i].zero = (int16_t)atol(argv[word + 1]);
        config.lead[i].lowest = (int16_t)atol(argv[word + 2]);
        config.lead[i].highest = (int16_t)atol(argv[word + 3]);
    }
    config.classifier = &CLASSIFIER;
#ifdef MODEL
    static ecg_t model;
    static uint8_t arena[ECG_ARENA_BYTES] __attribute__((aligned(16)));

    if (ecg_init(&model, arena, sizeof arena) != ECGP_OK)
        return 3;
#else
    static checksum_t model;
#endif
    config.model = &model;
    if (!ecgp_stream_init(&stream, &config))
        return 4;
    config.classifier = NULL;
    if (!ecgp_stream_init(&other, &config))
        return 4;
    for (uint32_t at = 0;; word += 2) {
        const uint32_t until = word + 1 < argc ? (uint32_t)atol(argv[word]) : UINT32_MAX;
        size_t got = 1;

        while (at < until && got > 0) {
            int16_t samples[1000 * ECGP_STREAM_LEADS];
            const uint32_t most = until - at < 1000u ? until - at : 1000u;

            got = fread(samples, config.leads * sizeof samples[0], most, stdin);
            push(samples, (uint32_t)got, part);
            at += (uint32_t)got;
        }
        ecgp_stream_gap(&stream, word + 1 < argc ? (uint32_t)atol(argv[word + 1]) : 0u);
        poll();
        if (until == UINT32_MAX || got == 0)
            break;
    }
    fprintf(stderr, "%u\n", (unsigned)sizeof stream);
    return 0;
}
