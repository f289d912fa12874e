/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_crc32.c
 * @brief See ecgp_crc32.h. A table of 16 words, so that half a byte is one step: 10 instructions a byte on Cortex-M4.
 */
#include "ecgp_crc32.h"

ECGP_NOINLINE uint32_t ecgp_crc32(uint32_t crc, const void *bytes, size_t count)
{
    static const uint32_t remainders[16] = {
        0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u, 0x4db26158u, 0x5005713cu,
        0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu, 0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu
    };
    const volatile uint8_t *at = bytes; /* volatile: flash is read, even where the linker knows what was stored there */
    size_t left;

    crc = ~crc;
    for (left = count; left != 0u; left--) {
        crc ^= *at;
        at++;
        crc = (crc >> 4) ^ remainders[crc & 15u];
        crc = (crc >> 4) ^ remainders[crc & 15u];
    }
    return ~crc;
}

/** How far from `constants` the pointer leads that is stored at `field`; all ones for NULL. */
static uint32_t distance_at(const uint8_t *field, const void *constants)
{
    const volatile uint8_t *const at = field;
    uintptr_t pointer = 0u;
    uintptr_t distance;
    size_t i;

    for (i = sizeof pointer; i != 0u; i--) {
        pointer = ((pointer << 7) << 1) | at[i - 1u];
    }
    distance = (pointer == 0u) ? UINT32_MAX : (pointer - (uintptr_t)constants);
    return (uint32_t)distance ^ (uint32_t)((distance >> 16) >> 16); /* the upper half, where there is one, is 0 */
}

uint32_t ecgp_crc32_params(uint32_t crc, const void *params, const uint8_t *layout, const void *constants)
{
    const uint8_t *at = params;
    const uint8_t *run;

    for (run = layout; *run != 0u; run++) {
        size_t left = *run % ECGP_CRC32_POINTERS;

        if (*run < ECGP_CRC32_POINTERS) {
            crc = ecgp_crc32(crc, at, left * sizeof(uint32_t));
            at += left * sizeof(uint32_t);
            continue;
        }
        at += (0u - (uintptr_t)at) % sizeof(uintptr_t); /* pointers are aligned to their size */
        for (; left != 0u; left--) {
            const uint32_t distance = distance_at(at, constants);

            crc = ecgp_crc32(crc, &distance, sizeof distance);
            at += sizeof(uintptr_t);
        }
    }
    return crc;
}
