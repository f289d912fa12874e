/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_template.c
 * @brief When the template beat must begin anew; see ecgp_template.h.
 */
#include "ecgp_template.h"

#define YOUNG_BITS 0xffu /* of the last ECGP_TEMPLATE_YOUNG_OF beats */

/** Number of bits that are set. */
static uint32_t count_of(uint32_t bits)
{
    uint32_t count = 0u;

    for (; bits != 0u; bits &= bits - 1u) {
        count++;
    }
    return count;
}

void ecgp_template_init(ecgp_template_t *guard)
{
    guard->foreign = 0u;
    guard->beats = 0u;
}

bool ecgp_template_beat(ecgp_template_t *guard, ecgp_quality_match match)
{
    const bool foreign = match.from_template >= ECGP_TEMPLATE_FAR && match.from_past <= ECGP_TEMPLATE_NEAR;
    bool anew;

    guard->foreign = (guard->foreign << 1) | (foreign ? 1u : 0u);
    guard->beats = (uint16_t)(guard->beats < ECGP_TEMPLATE_YOUNG ? guard->beats + 1u : guard->beats);
    anew = count_of(guard->foreign) >= ECGP_TEMPLATE_FOREIGN;
    if (guard->beats < ECGP_TEMPLATE_YOUNG) {
        anew = count_of(guard->foreign & YOUNG_BITS) >= ECGP_TEMPLATE_YOUNG_FOREIGN;
    }
    if (anew) {
        ecgp_template_init(guard);
    }
    return anew;
}
