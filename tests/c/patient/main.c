/** @file main.c @brief Runs ep_patient_beat() over recorded beats on the board; fails on the first wrong byte. */
#include <stdint.h>
#include <string.h>

#include "beats.h"
#include "ep_patient.h"
#include "ep_port.h"

void ep_marker_begin(void);
void ep_marker_end(void);
int main(void);
__attribute__((noinline)) void ep_marker_begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) void ep_marker_end(void) { __asm__ volatile("" ::: "memory"); }

int main(void)
{
    static ep_patient_t patient;

    ep_patient_init(&patient);
    for (uint32_t i = 0; i < BEATS; i++) {
        int8_t found[EP_PATIENT_FEATURES];

        ep_marker_begin();
        ep_patient_beat(&patient, windows[i], before[i], after[i], found);
        ep_marker_end();
        if (memcmp(found, expected[i], sizeof found) != 0)
            return 1;
    }
    return 0;
}
