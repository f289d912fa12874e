/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_flutter.c
 * @brief Waves without a baseline; see ecgp_flutter.h. Sums of a window stay below 2^24.
 */
#include "ecgp_flutter.h"

#include "ecgp_integers.h"

#define STRIDE ECGP_FLUTTER_STRIDE
#define COUNT (ECGP_FLUTTER_WINDOW / STRIDE - 1u) /* samples that have one before them */

/* pi STRIDE, of which 1/2 rounds: PI_OVER / PI_UNDER. */
#define PI_OVER 201u
#define PI_UNDER 32u

/** How sure a window is of flutter. */
typedef enum { BEATS, MAYBE, WAVES } verdict;

static uint32_t after(uint32_t at, uint32_t by, uint32_t size) { return at + by < size ? at + by : at + by - size; }

/** How many of `left` samples come before the ring's end, from `at` on. */
static uint32_t run_of(uint32_t at, uint32_t size, uint32_t left)
{
    const uint32_t run = (size - at + STRIDE - 1u) / STRIDE;

    return run < left ? run : left;
}

/** Samples of half a wave, were the window one; 0: it is none. */
static uint32_t half_of(const int16_t *ring, uint32_t size, uint32_t start)
{
    uint32_t at = start + STRIDE;
    uint32_t left = COUNT;
    uint32_t sum = 0u;
    uint32_t change = 0u;
    int32_t before = ring[start];
    uint32_t half;

    while (left > 0u) { /* once, or once more from the ring's beginning */
        uint32_t run;

        at = at < size ? at : at - size;
        run = run_of(at, size, left);
        left -= run;
        for (; run > 0u; run--) {
            const int32_t now = ring[at];

            sum += (uint32_t)ecgp_size(now);
            change += (uint32_t)ecgp_size(now - before);
            before = now;
            at += STRIDE;
        }
    }
    if (sum < ECGP_FLUTTER_LEAST * COUNT) {
        return 0u;
    }
    half = (PI_OVER * sum + PI_UNDER / 2u * change) / (PI_UNDER * change + 1u);
    return half >= ECGP_FLUTTER_SHORTEST && half <= ECGP_FLUTTER_LONGEST ? half : 0u;
}

/** What is left of the window when it is added to itself half a wave later. */
static verdict judged(const int16_t *ring, uint32_t size, uint32_t start)
{
    const uint32_t half = half_of(ring, size, start);
    uint32_t now = after(start, ECGP_FLUTTER_LONGEST, size);
    uint32_t before = after(start, ECGP_FLUTTER_LONGEST - half, size);
    uint32_t count = (ECGP_FLUTTER_WINDOW - ECGP_FLUTTER_LONGEST) / STRIDE;
    uint32_t left = 0u;
    uint32_t all = 0u;

    if (half == 0u) {
        return BEATS;
    }
    while (count > 0u) { /* again where one of both has come to the ring's end */
        uint32_t run;

        now = now < size ? now : now - size;
        before = before < size ? before : before - size;
        run = run_of(now, size, run_of(before, size, count));
        count -= run;
        for (; run > 0u; run--) {
            const int32_t a = ring[now];
            const int32_t b = ring[before];

            left += (uint32_t)ecgp_size(a + b);
            all += (uint32_t)(ecgp_size(a) + ecgp_size(b));
            now += STRIDE;
            before += STRIDE;
        }
    }
    return 2u * left < all ? WAVES : 3u * left < 2u * all ? MAYBE : BEATS;
}

bool ecgp_flutter_second(ecgp_flutter_t *flutter, const int16_t *ring, uint32_t size, uint32_t end)
{
    const verdict found = judged(ring, size, after(end, size - ECGP_FLUTTER_WINDOW, size));

    flutter->run = (uint8_t)(found == (flutter->on ? BEATS : WAVES) ? flutter->run + 1u : 0u);
    if (flutter->run < (flutter->on ? ECGP_FLUTTER_END : ECGP_FLUTTER_BEGIN)) {
        return false;
    }
    flutter->on = !flutter->on;
    flutter->run = 0u;
    return true;
}
