/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_template.c
 * @brief When the template beat must begin anew; see ecgp_template.h.
 */
#include "ecgp_template.h"

/** Number of bits that are set. */
static uint32_t count_of(uint32_t bits)
{
    uint32_t left = bits;
    uint32_t count = 0u;

    for (; left != 0u; left &= left - 1u) {
        count++;
    }
    return count;
}

void ecgp_template_init(ecgp_template_t *guard)
{
    guard->foreign = 0u;
    guard->near = 0u;
}

bool ecgp_template_beat(ecgp_template_t *guard, ecgp_quality_match match)
{
    const bool far = match.from_template >= ECGP_TEMPLATE_FAR;
    const bool foreign = far && match.from_past <= ECGP_TEMPLATE_NEAR;
    bool anew;

    guard->foreign = (uint8_t)(((uint32_t)guard->foreign << 1) | (foreign ? 1u : 0u));
    if (!far && guard->near < ECGP_TEMPLATE_TRUSTED) {
        guard->near++;
    }
    anew = guard->near < ECGP_TEMPLATE_TRUSTED && count_of(guard->foreign) >= ECGP_TEMPLATE_FOREIGN;
    if (anew) {
        ecgp_template_init(guard);
    }
    return anew;
}
