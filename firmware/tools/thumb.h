/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file thumb.h
 * @brief What insn_count.c has to know of Thumb instructions.
 */
#ifndef THUMB_H
#define THUMB_H

#include "qemu_plugin.h"

/** Target of a Thumb BL (encoding T1, ARMv7-M ARM A7.7.18), or 0 for any other instruction. */
static uint64_t call_target(const struct qemu_plugin_insn *insn)
{
    const uint8_t *b = qemu_plugin_insn_data(insn);
    if (qemu_plugin_insn_size(insn) != 4u) {
        return 0u;
    }
    const uint32_t first = (uint32_t)b[0] | (uint32_t)b[1] << 8, second = (uint32_t)b[2] | (uint32_t)b[3] << 8;
    if ((first & 0xF800u) != 0xF000u || (second & 0xD000u) != 0xD000u) {
        return 0u;
    }
    const uint32_t s = first >> 10 & 1u, i1 = ~(second >> 13 ^ s) & 1u, i2 = ~(second >> 11 ^ s) & 1u;
    const uint32_t sign = s != 0u ? 0xFF000000u : 0u;
    const uint32_t offset = sign | i1 << 23 | i2 << 22 | (first & 0x3FFu) << 12 | (second & 0x7FFu) << 1;
    return (uint32_t)((uint32_t)qemu_plugin_insn_vaddr(insn) + 4u + offset);
}

/** Whether it is a gather or scatter of the Cortex-M55 of elements up to a word (VLDRB, VLDRH, VLDRW, VSTR with a vector). */
static int is_gather(const struct qemu_plugin_insn *insn)
{
    const uint8_t *b = qemu_plugin_insn_data(insn);
    if (qemu_plugin_insn_size(insn) != 4u) {
        return 0;
    }
    const uint32_t first = (uint32_t)b[0] | (uint32_t)b[1] << 8, second = (uint32_t)b[2] | (uint32_t)b[3] << 8;
    const int offsets = (first & 0xEFA0u) == 0xEC80u && (second & 0x1E00u) == 0x0E00u && (second & 0x0180u) != 0x0180u;
    return offsets || ((first & 0xFF00u) == 0xFD00u && (second & 0x1F00u) == 0x1E00u);
}

#endif /* THUMB_H */
