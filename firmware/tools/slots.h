/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file slots.h
 * @brief One counter per instruction address, for insn_count.c.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS (1u << 18)

typedef struct slot {
    uint64_t address; /* of the instruction, 1 added for its conflicts */
    uint64_t now;     /* executed since the last begin marker; QEMU's generated code adds to it */
    uint64_t sum;     /* executed in all invocations */
    uint64_t before;  /* `now` when the last call returned */
    uint32_t index;   /* in the order of translation */
    uint32_t first;   /* the address of an element of a gather whose partner is to come, where `odd` */
    uint32_t odd;
    struct slot *conflicts; /* counted as if they were executed, at an address of their own; NULL for none */
} slot;

static slot slots[SLOTS];
static uint32_t used;               /* slots in use, in the order of translation */
static uint32_t table[2u * SLOTS]; /* hash of an address -> slot index + 1 */

static void die(const char *why)
{
    fprintf(stderr, "insn_count: %s\n", why);
    exit(3);
}

/** The same slot for the same address, however often QEMU translates it. */
static slot *slot_of(uint64_t address)
{
    uint32_t at = ((uint32_t)(address >> 1) * 2654435761u) % (2u * SLOTS);
    while (table[at] != 0u && slots[table[at] - 1u].address != address) {
        at = (at + 1u) % (2u * SLOTS);
    }
    if (table[at] == 0u) {
        if (used == SLOTS) {
            die("too many different instructions");
        }
        slots[used].address = address;
        slots[used].index = used;
        table[at] = ++used;
    }
    return &slots[table[at] - 1u];
}

#endif /* SLOTS_H */
