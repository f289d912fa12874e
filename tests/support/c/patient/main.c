/** @file main.c @brief Runs ecgp_patient_beat() over recorded beats on the board; fails on the first wrong byte. */
#include <stdint.h>
#include <string.h>

#include "beats.h"
#include "ecgp_patient.h"
#include "ecgp_port.h"

void ecgp_marker_begin(void);
void ecgp_marker_end(void);
int main(void);
__attribute__((noinline)) void ecgp_marker_begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) void ecgp_marker_end(void) { __asm__ volatile("" ::: "memory"); }

int main(void)
{
    static ecgp_patient_t patient;

    ecgp_patient_init(&patient);
    for (uint32_t i = 0; i < BEATS; i++) {
        int8_t found[ECGP_PATIENT_FEATURES];

        ecgp_marker_begin();
        ecgp_patient_beat(&patient, windows[i], before[i], after[i], found);
        ecgp_marker_end();
        if (memcmp(found, expected[i], sizeof found) != 0)
            return 1;
    }
    return 0;
}
