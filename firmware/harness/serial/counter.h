/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file counter.h
 * @brief Counts clock cycles of the core: by DWT's CYCCNT, else by SysTick, else not at all.
 */
#ifndef COUNTER_H
#define COUNTER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What counts. The numbers go over the line: ecgprune/board/target.py. */
typedef enum {
    COUNTER_NONE = 0,    /**< neither of the two counts: a Cortex-M without both, or the host */
    COUNTER_SYSTICK = 1, /**< SysTick, by the core's clock; its interrupt takes some cycles each 2^24 */
    COUNTER_DWT = 2      /**< DWT's CYCCNT */
} counter_kind;

/**
 * @brief Starts a counter and sees whether it counts.
 *
 * @return what counts from here on
 */
counter_kind counter_init(void);

/**
 * @brief Cycles, modulo 2^32.
 *
 * @return the count; 0 with COUNTER_NONE
 */
uint32_t counter_read(void);

/** Instructions of counter_probe(). None takes less than half a cycle on any Cortex-M. */
#define COUNTER_PROBE_INSTRUCTIONS (18u * 1000u)

/**
 * @brief Runs COUNTER_PROBE_INSTRUCTIONS instructions a few times, as a check of the counter: an emulator whose counter
 *        goes by the time of its host runs many of them in one cycle, which no core does.
 *
 * @return cycles of the fastest time; 0 with COUNTER_NONE
 */
uint32_t counter_probe(void);

#ifdef __cplusplus
}
#endif

#endif /* COUNTER_H */
