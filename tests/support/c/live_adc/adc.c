/* An ADC for firmware/examples/live: each SysTick brings a sample, a beat for each 200. A watchdog bites where it is not
   fed. After SAMPLES samples the last word of the stack is written to, as by calls that just fit. */
#include <stdint.h>

#include "fault.h"
#include "live.h"

#define SYST ((volatile uint32_t *)0xE000E010u) /* CSR, RVR, CVR: ARMv7-M ARM B3.3.2 */
#define TICK 2500u
#define SAMPLES 4000u
#define BEAT 200u
#define RING 64u
#define BITES 200000u /* ticks */

void SysTick_Handler(void);
uint32_t live_adc_read(int16_t *samples, uint32_t frames);

extern uint32_t ecgp_stack_limit[];

static volatile uint32_t in, out, unfed;
static volatile int16_t ring[RING];

static int16_t sample(uint32_t at)
{
    static const int16_t qrs[] = {-10, 20, 90, 190, 110, -30, -15};
    const uint32_t phase = at % BEAT, start = BEAT / 2u;
    return phase >= start && phase < start + sizeof qrs / sizeof qrs[0] ? qrs[phase - start] : (int16_t)(phase % 5u);
}

void SysTick_Handler(void)
{
    if (in - out < RING) { /* where the program is slower, the patient waits */
        ring[in % RING] = sample(in);
        in++;
    }
    if (++unfed > BITES) {
        fault_report(99u, 0u, 0u, 0u, 0u, 0u);
    }
}

void live_watchdog_feed(void) { unfed = 0u; }

uint32_t live_adc_read(int16_t *samples, uint32_t frames)
{
    static bool started;
    uint32_t n;
    if (!started) {
        started = true;
        SYST[1] = TICK - 1u;
        SYST[2] = 0u;
        SYST[0] = 7u;
    }
    for (n = 0u; n < frames && out != in; n++) {
        samples[n] = ring[out % RING];
        out++;
    }
    if (out > SAMPLES) {
        ecgp_stack_limit[0] = 0u;
    }
    return n;
}
