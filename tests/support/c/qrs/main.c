/** @file main.c @brief Filter and QRS detector on the board, ten seconds of one lead and of two counted; fails on a wrong beat. */
#include <stdint.h>

#include "ecgp_filter.h"
#include "ecgp_port.h"
#include "ecgp_qrs.h"
#include "signals.h"

void ecgp_marker_begin(void);
void ecgp_marker_end(void);
int main(void);
__attribute__((noinline)) void ecgp_marker_begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) void ecgp_marker_end(void) { __asm__ volatile("" ::: "memory"); }

static ecgp_filter_t filter[ECGP_QRS_LEADS];
static ecgp_qrs_t qrs;
static const uint32_t *expected;

/** Takes in samples [from, to). Returns whether a beat was a wrong one. */
static int run(uint32_t leads, uint32_t from, uint32_t to)
{
    int16_t out[ECGP_FILTER_MOST];
    ecgp_qrs_beat_t beat;
    int wrong = 0;

    for (uint32_t i = from; i < to; i++) {
        uint32_t count = 0;

        for (uint32_t lead = 0; lead < leads; lead++)
            count = ecgp_filter_push(&filter[lead], samples[lead][i], out);
        if (count > 0 && ecgp_qrs_push(&qrs, filter, 0, &beat))
            wrong |= beat.sample != *expected++;
    }
    return wrong;
}

int main(void)
{
    for (uint32_t leads = 1; leads <= ECGP_QRS_LEADS; leads++) {
        int wrong = !ecgp_qrs_init(&qrs, leads);

        for (uint32_t lead = 0; lead < leads; lead++)
            wrong |= !ecgp_filter_init(&filter[lead], 360, 200000, 1024);
        expected = leads == 1 ? beats_1 : beats_2;
        wrong |= run(leads, 0, SAMPLES - 3600);
        ecgp_marker_begin();
        wrong |= run(leads, SAMPLES - 3600, SAMPLES);
        ecgp_marker_end();
        if (wrong || *expected != 0)
            return (int)leads;
    }
    return 0;
}
