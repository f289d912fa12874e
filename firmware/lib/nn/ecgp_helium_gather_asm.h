/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_gather_asm.h
 * @brief Assembly of ecgp_helium_gather.h, where ECGP_HELIUM and ECGP_ASSEMBLY are 1.
 */
#ifndef ECGP_HELIUM_GATHER_ASM_H
#define ECGP_HELIUM_GATHER_ASM_H

ECGP_STATIC_ASSERT(ECGP_HELIUM_END == 255, "what the loop below ends at");

/* VMLADAVA adds to even registers only: the six sums of a channel, for LDM and STM. */
#define ECGP_HELIUM_GATHER_SUMS "{r0, r4, r6, r8, r10, r12}"

/*
 * r2: counts, r3: entries, r1, r5 and r9: inputs of positions 0, 2 and 4, r7: what sums begin at, r11: sums, lr: chunks.
 * q0: offsets, of even positions and then of odd ones; q1: weights, q2: inputs, q3: step.
 * One channel after the other; `load` loads a chunk's offsets, `fetch` the inputs there.
 */
#define ECGP_HELIUM_POSITION(sum, x, fetch, scale)            \
    fetch "       q2, [" x ", q0" scale "]\n\t"               \
    "vmladava.s8 " sum ", q2, q1\n\t"
#define ECGP_HELIUM_CHUNKS(load, add, fetch, scale)           \
    "wls      lr, lr, 3f\n"                                   \
    "2:\n\t"                                                  \
    load "\n\t"                                               \
    "vldrb.u8 q1, [r3], #16\n\t"                              \
    ECGP_HELIUM_POSITION("r0", "r1", fetch, scale)            \
    ECGP_HELIUM_POSITION("r6", "r5", fetch, scale)            \
    ECGP_HELIUM_POSITION("r10", "r9", fetch, scale)           \
    add "  q0, q0, q3\n\t"                                    \
    ECGP_HELIUM_POSITION("r4", "r1", fetch, scale)            \
    ECGP_HELIUM_POSITION("r8", "r5", fetch, scale)            \
    ECGP_HELIUM_POSITION("r12", "r9", fetch, scale)           \
    "le       lr, 2b\n"                                       \
    "3:\n\t"                                                  \
    "stm      r11!, " ECGP_HELIUM_GATHER_SUMS "\n\t"          \
    "ldrb     lr, [r2], #1\n\t"                               \
    "cmp      lr, #255\n\t"
#define ECGP_HELIUM_GATHER(dup, load, add, fetch, scale)      \
    "push     {r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n\t" \
    "add      r5, r0, r1, lsl #1\n\t"                         \
    "add      r9, r0, r1, lsl #2\n\t"                         \
    dup "\n\t"                                                \
    "mov      r1, r0\n\t"                                     \
    "ldrd     r7, r11, [sp, #40]\n\t"                         \
    "ldrb     lr, [r2], #1\n\t"                               \
    "cmp      r7, r11\n\t"                                    \
    "beq      4f\n"                                           \
    "1:\n\t"                                                  \
    "ldm      r7, " ECGP_HELIUM_GATHER_SUMS "\n\t"            \
    ECGP_HELIUM_CHUNKS(load, add, fetch, scale)               \
    "bne      1b\n\t"                                         \
    "mov      r0, r3\n\t"                                     \
    "pop      {r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}\n"  \
    "4:\n\t"                                                  \
    "ldm      r11, " ECGP_HELIUM_GATHER_SUMS "\n\t"           \
    ECGP_HELIUM_CHUNKS(load, add, fetch, scale)               \
    "bne      4b\n\t"                                         \
    "mov      r0, r3\n\t"                                     \
    "pop      {r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}"

/** See the C of ecgp_helium_weights(). */
static ECGP_NAKED const uint8_t *ecgp_helium_weights(const int8_t *x ECGP_UNUSED, int32_t step ECGP_UNUSED,
                                                     const uint8_t *counts ECGP_UNUSED, const uint8_t *entries ECGP_UNUSED,
                                                     const int32_t *start ECGP_UNUSED, int32_t *sums ECGP_UNUSED)
{
    __asm__(ECGP_HELIUM_GATHER("vdup.8   q3, r1", "vldrb.u8 q0, [r3], #16", "vadd.i8", "vldrb.u8", ""));
}

/** See the C of ecgp_helium_blocks(). */
static ECGP_NAKED const uint8_t *ecgp_helium_blocks(const int8_t *x ECGP_UNUSED, int32_t step ECGP_UNUSED,
                                                    const uint8_t *counts ECGP_UNUSED, const uint8_t *entries ECGP_UNUSED,
                                                    const int32_t *start ECGP_UNUSED, int32_t *sums ECGP_UNUSED)
{
    __asm__(ECGP_HELIUM_GATHER("lsrs     r1, r1, #2\n\tvdup.32  q3, r1", "vldrb.u32 q0, [r3], #4", "vadd.i32",
                               "vldrw.u32", ", uxtw #2"));
}

#endif /* ECGP_HELIUM_GATHER_ASM_H */
