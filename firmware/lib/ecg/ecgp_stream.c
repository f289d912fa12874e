/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_stream.c
 * @brief From samples to the beats that wait, and from them to events; see ecgp_stream.h.
 */
#include "ecgp_stream.h"

#include <string.h>

#include "ecgp_compiler.h"
#include "ecgp_stream_parts.h"

/* The time of an R peak is told by the second that it is in, of the last SECONDS and the next. */
#define SECONDS 64u
#define LONG_AGO 0x40000000u /* 180 Hz samples, so that indices can be compared when they begin at 0 again */
#define RATE ECGP_FILTER_RATE_HZ

#if ECGP_FILTER_RATE_HZ != 180
#error "the stream's detector and features take 180 Hz: ECGP_FILTER_RATE_HZ must be 180"
#endif
#if ECGP_STREAM_LEADS < 1 || ECGP_STREAM_LEADS > 2 || ECGP_STREAM_LEADS > ECGP_QRS_LEADS
#error "ECGP_STREAM_LEADS must be 1 or 2, and no more than ECGP_QRS_LEADS"
#endif

uint32_t ecgp_stream_frame_of(const ecgp_stream_t *s, uint32_t sample)
{
    const uint32_t after = sample - s->second + SECONDS * RATE;

    return s->frame - SECONDS * s->rate_hz + (2u * after * s->rate_hz + RATE) / (2u * RATE);
}

uint32_t ecgp_stream_wait(const ecgp_stream_t *s)
{
    const uint32_t passed = (uint16_t)(s->now - s->beat[0]);
    const uint32_t wait = s->pending > 1u || s->need > ECGP_STREAM_WAIT ? s->need : ECGP_STREAM_WAIT;

    if (s->pending == 0u) {
        return ECGP_STREAM_NEVER;
    }
    return passed < wait ? wait - passed : 0u;
}

/** Whether an event is due, as long as no gap comes. */
static bool due(const ecgp_stream_t *s) { return s->told != 0u || ecgp_stream_wait(s) == 0u; }

/** Lets a beat wait; where none can, the newest gives way, which no detector with a refractory time needs. */
static void wait_for(ecgp_stream_t *s, const ecgp_qrs_beat_t *found)
{
    const uint32_t at = s->pending < ECGP_STREAM_PENDING ? s->pending : ECGP_STREAM_PENDING - 1u;

    s->beat[at] = (uint16_t)(s->segment + found->sample);
    s->late = (uint16_t)((s->late & ~(1u << at)) | (found->search_back ? 1u << at : 0u));
    s->pending = (uint8_t)(at + 1u);
}

uint32_t ecgp_stream_before(const ecgp_stream_t *s, uint32_t ago)
{
    return s->now - s->segment > ago ? s->now - ago : s->segment;
}

/** Shuts down, or opens again, where the first lead's signal or its quality has changed. */
static ECGP_NOINLINE void judge(ecgp_stream_t *s)
{
    const bool shut = s->quality.poor || s->signal[0].reason != (uint8_t)ECGP_SIGNAL_GOOD;

    if (shut && !s->shut) {
        s->shut_from = ecgp_stream_before(s, s->need); /* beats before it have become events, or wait for the next */
    }
    if (!shut && s->shut) {
        s->open_from = s->now;
    }
    s->shut = shut;
}

static uint32_t leads_of(const ecgp_stream_t *s) { return ECGP_STREAM_LEADS > 1u ? s->leads : 1u; }

/** A second ends. Flutter may begin or end; its first window is filled after three. Returns bits of `told`. */
static ECGP_NOINLINE uint32_t end_second(ecgp_stream_t *s)
{
    bool changes = false;

    s->second += RATE;
    s->frame += s->rate_hz;
    if (s->now - s->open_from > LONG_AGO) {
        s->open_from = s->now - LONG_AGO;
    }
    if (s->now - s->segment >= ECGP_FLUTTER_WINDOW + ECGP_FLUTTER_BLOCK) {
        changes = ecgp_flutter_second(&s->flutter, s->ring, ECGP_STREAM_RING, s->ring_at);
    }
    return changes ? ECGP_STREAM_FLUTTER : 0u;
}

/** A third of a second ends, with the output that is `ago` before the filters' newest: signal, quality, and with every
 * third one a second. Returns bits of `told`. */
static ECGP_NOINLINE uint32_t end_piece(ecgp_stream_t *s, uint32_t ago)
{
    const uint32_t end = ecgp_filter_end(&s->filter[0], ago);
    const bool ends = s->now - s->second >= RATE;
    uint32_t changes = 0u;
    int32_t sum = 0;
    uint32_t lead;

    for (lead = leads_of(s); lead > 0u; lead--) { /* of the first lead the sum is kept */
        sum = ecgp_signal_piece(&s->signal[lead - 1u], s->filter[lead - 1u].low, end);
        if (ends) {
            ecgp_signal_block(&s->signal[lead - 1u]);
        }
    }
    if (ecgp_quality_piece(&s->quality, sum, s->signal[0].noise_before)) {
        changes = ECGP_STREAM_QUALITY;
    }
    return ends ? changes | end_second(s) : changes;
}

/** Samples since a third of a second ended, or the segment began; without a division. */
static uint32_t since_piece(const ecgp_stream_t *s)
{
    uint32_t since = s->now - s->second;

    while (since >= ECGP_SIGNAL_PIECE) {
        since -= ECGP_SIGNAL_PIECE;
    }
    return since;
}

/** Sets the alarm to whatever comes first: the end of a third of a second, 10 s of silence, or all a beat waits for. */
static void set_alarm(ecgp_stream_t *s)
{
    const uint32_t silence = s->heard + ECGP_SIGNAL_SILENCE - s->now; /* 0: it has come */
    const uint32_t wait = ecgp_stream_wait(s);
    uint32_t next = ECGP_SIGNAL_PIECE - since_piece(s);

    next = silence > 0u && silence < next ? silence : next;
    next = wait > 0u && wait < next ? wait : next;
    s->alarm = s->now + next;
}

/** Looks at all that does not come with every sample. The classified lead alone answers for missing beats. */
static ECGP_NOINLINE void look(ecgp_stream_t *s, uint32_t ago, bool beat)
{
    uint32_t changes = since_piece(s) == 0u ? end_piece(s, ago) : 0u;
    uint32_t lead;

    s->heard = beat ? s->now : s->heard;
    s->signal[0].silent = s->now - s->heard >= ECGP_SIGNAL_SILENCE;
    s->heard = s->signal[0].silent ? s->now - ECGP_SIGNAL_SILENCE : s->heard;
    for (lead = 0u; lead < leads_of(s); lead++) {
        changes |= ecgp_signal_look(&s->signal[lead]) ? ECGP_STREAM_SIGNAL << lead : 0u;
    }
    if (changes != 0u) {
        s->told |= (uint8_t)changes;
        judge(s);
    }
    set_alarm(s);
}

/** Takes in the filters' outputs that are `ago` before the newest, of the first lead `filtered`. Returns whether an event
 * may be due. */
static bool take(ecgp_stream_t *s, uint32_t ago, int16_t filtered)
{
    ecgp_qrs_beat_t found;
    const bool beat = ecgp_qrs_push(&s->qrs, s->filter, ago, &found);

    s->ring[s->ring_at] = filtered;
    s->ring_at = s->ring_at + 1u < ECGP_STREAM_RING ? s->ring_at + 1u : 0u;
    s->now++;
    if (beat) {
        wait_for(s, &found);
    }
    if (beat || s->now == s->alarm) {
        look(s, ago, beat);
        return true;
    }
    return false;
}

void ecgp_stream_resume(ecgp_stream_t *s)
{
    uint32_t lead;

    s->frames += s->gap;
    s->gap = 0u;
    s->segment = s->now;
    s->second = s->now;
    s->frame = s->frames;
    s->follows = false;
    s->flutter.run = 0u;
    s->closing = false;
    for (lead = 0u; lead < s->leads; lead++) {
        ecgp_filter_reset(&s->filter[lead]);
        ecgp_signal_reset(&s->signal[lead]);
    }
    (void)ecgp_qrs_init(&s->qrs, s->leads);
    ecgp_quality_reset(&s->quality);
    s->heard = s->signal[0].silent ? s->now - ECGP_SIGNAL_SILENCE : s->now;
    s->alarm = s->now + 1u;
}

ECGP_COLD bool ecgp_stream_init(ecgp_stream_t *stream, const ecgp_stream_config_t *config)
{
    const ecgp_classifier_t *classifier = config->classifier;
    const uint32_t before = classifier != NULL ? classifier->before : 0u;
    const uint32_t after = classifier != NULL ? (uint32_t)classifier->window - before : 0u;
    const uint32_t most = after > ECGP_PATIENT_AFTER ? after : ECGP_PATIENT_AFTER;
    const uint32_t latest = ECGP_STREAM_WAIT - ECGP_FILTER_DELAY;
    uint32_t lead;

    if (config->leads < 1u || config->leads > ECGP_STREAM_LEADS) {
        return false;
    }
    if (classifier != NULL && (classifier->window < 1u || classifier->window > ECGP_STREAM_WINDOW ||
                               before >= classifier->window || classifier->classes < 1u || classifier->classes > 127u)) {
        return false;
    }
#if !ECGP_STREAM_CONTEXT
    if (classifier != NULL && classifier->input(config->model, ECGP_INPUT_CONTEXT) != NULL) {
        return false;
    }
#endif
    if ((before > ECGP_PATIENT_BEFORE ? before : ECGP_PATIENT_BEFORE) + (most > latest ? most : latest) >= ECGP_STREAM_RING) {
        return false;
    }
    (void)memset(stream, 0, sizeof *stream);
    for (lead = 0u; lead < config->leads; lead++) {
        const uint32_t gain = config->lead[lead].units_per_volt;

        if (!ecgp_filter_init(&stream->filter[lead], config->rate_hz, gain, config->lead[lead].zero)) {
            return false;
        }
        ecgp_signal_init(&stream->signal[lead], config->rate_hz, config->lead[lead].lowest, config->lead[lead].highest);
    }
    stream->classifier = classifier;
    stream->model = config->model;
    stream->rate_hz = config->rate_hz;
    stream->leads = config->leads;
    stream->need = (uint16_t)(most + ECGP_FILTER_DELAY);
    ecgp_quality_init(&stream->quality);
    ecgp_template_init(&stream->guard);
    ecgp_patient_init(&stream->patient);
#if ECGP_STREAM_CONTEXT
    ecgp_similarity_init(&stream->similarity);
#endif
    ecgp_stream_resume(stream);
    return true;
}

/** Takes in one frame. Returns whether an event may be due. */
static bool take_frame(ecgp_stream_t *s, const int16_t *samples)
{
    const uint32_t leads = leads_of(s);
    int16_t filtered[ECGP_FILTER_MOST];
    int16_t unused[ECGP_FILTER_MOST];
    bool looked = false;
    uint32_t count;
    uint32_t lead;
    uint32_t ago;

    ecgp_signal_frame(&s->signal[0], samples[0]);
    /* cppcheck-suppress legacyUninitvar ; it is written there, and not read before */
    count = ecgp_filter_push(&s->filter[0], samples[0], filtered);
    for (lead = 1u; lead < leads; lead++) {
        ecgp_signal_frame(&s->signal[lead], samples[lead]);
        (void)ecgp_filter_push(&s->filter[lead], samples[lead], unused); /* as many: the rate is the same */
    }
    for (ago = count; ago > 0u; ago--) {
        looked = take(s, ago - 1u, filtered[count - ago]) || looked;
    }
    return looked;
}

uint32_t ecgp_stream_push(ecgp_stream_t *stream, const int16_t *samples, uint32_t count)
{
    const uint32_t leads = leads_of(stream);
    bool full = stream->closing || due(stream);
    uint32_t taken;

    for (taken = 0u; taken < count && !full; taken++) {
        full = take_frame(stream, samples) && due(stream);
        samples += leads;
    }
    stream->frames += taken;
    return taken;
}

void ecgp_stream_gap(ecgp_stream_t *stream, uint32_t frames)
{
    stream->gap = stream->closing ? stream->gap + frames : frames;
    stream->closing = true;
}
