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
 * r2: counts, r3: entries, one chunk ahead, r1, r5 and r9: inputs of positions 0, 2 and 4, r7: step, r11: sums, lr: chunks.
 * q0: offsets of even positions, q3: of odd ones; q1: weights, q2 and q4: inputs.
 * A gather waits for its offsets, and VMLADAVA for a gather, so each stands two instructions behind what it waits for, and
 * the next chunk, which may be that of the next channel, is loaded before the last products. 17 cycles a chunk.
 */
#define ECGP_HELIUM_CHUNK(load, add) \
    load "\n\t"                       \
    "vldrb.u8 q1, [r3], #16\n\t"      \
    add "  q3, q0, r7\n\t"
#define ECGP_HELIUM_CHANNEL(zeros, load, add, fetch, scale)                                        \
    ".p2align 2\n"                                                                                 \
    "1:\n\t" zeros                                                                                 \
    "wls      lr, lr, 3f\n"                                                                        \
    "2:\n\t" fetch " q2, [r1, q0" scale "]\n\t"                                                   \
    fetch "   q4, [r5, q0" scale "]\n\t"                                                          \
    "vmladava.s8 r0, q2, q1\n\t"                                                                  \
    fetch "   q2, [r9, q0" scale "]\n\t"                                                          \
    "vmladava.s8 r6, q4, q1\n\t"                                                                  \
    fetch "   q4, [r1, q3" scale "]\n\t"                                                          \
    "vmladava.s8 r10, q2, q1\n\t"                                                                 \
    fetch "   q2, [r5, q3" scale "]\n\t"                                                          \
    "vmladava.s8 r4, q4, q1\n\t"                                                                  \
    fetch "   q4, [r9, q3" scale "]\n\t"                                                          \
    "vmladava.s8 r8, q2, q1\n\t"                                                                  \
    load "\n\t"                                                                                    \
    "vmladava.s8 r12, q4, q1\n\t"                                                                 \
    "vldrb.u8 q1, [r3], #16\n\t"                                                                  \
    add "  q3, q0, r7\n\t"                                                                        \
    "le       lr, 2b\n"                                                                            \
    "3:\n\t"                                                                                       \
    "stm      r11!, " ECGP_HELIUM_GATHER_SUMS "\n\t"                                              \
    "ldrb     lr, [r2], #1\n\t"                                                                   \
    "cmp      lr, #255\n\t"                                                                       \
    "bne      1b\n\t"
/* start: where sums go on, what is in memory; else they begin at 0. ahead: bytes of a chunk. */
#define ECGP_HELIUM_GATHER(shift, load, add, fetch, scale, ahead)                \
    "push     {r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n\t"                  \
    "ldrd     r7, r11, [sp, #40]\n\t"                                           \
    "vpush    {d8, d9}\n\t"                                                     \
    "add      r5, r0, r1, lsl #1\n\t"                                           \
    "add      r9, r0, r1, lsl #2\n\t"                                           \
    "cmp      r7, r11\n\t"                                                      \
    "mov      r7, r1" shift "\n\t"                                              \
    "mov      r1, r0\n\t"                                                       \
    "ldrb     lr, [r2], #1\n\t"                                                 \
    ECGP_HELIUM_CHUNK(load, add)                                                \
    "beq      5f\n\t"                                                           \
    ECGP_HELIUM_CHANNEL("movs r0, #0\n\tmovs r4, #0\n\tmovs r6, #0\n\t"        \
                        "mov r8, #0\n\tmov r10, #0\n\tmov r12, #0\n\t",        \
                        load, add, fetch, scale)                                \
    "b        6f\n"                                                             \
    "5:\n\t"                                                                    \
    ECGP_HELIUM_CHANNEL("ldm r11, " ECGP_HELIUM_GATHER_SUMS "\n\t",             \
                        load, add, fetch, scale)                                \
    "6:\n\t"                                                                    \
    "sub      r0, r3, #" ahead "\n\t"                                           \
    "vpop     {d8, d9}\n\t"                                                     \
    "pop      {r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}"

/** See the C of ecgp_helium_weights(). */
static ECGP_NAKED const uint8_t *ecgp_helium_weights(const int8_t *x ECGP_UNUSED, int32_t step ECGP_UNUSED,
                                                     const uint8_t *counts ECGP_UNUSED, const uint8_t *entries ECGP_UNUSED,
                                                     const int32_t *start ECGP_UNUSED, int32_t *sums ECGP_UNUSED)
{
    __asm__(ECGP_HELIUM_GATHER("", "vldrb.u8 q0, [r3], #16", "vadd.i8", "vldrb.u8", "", "32"));
}

/** See the C of ecgp_helium_blocks(). */
static ECGP_NAKED const uint8_t *ecgp_helium_blocks(const int8_t *x ECGP_UNUSED, int32_t step ECGP_UNUSED,
                                                    const uint8_t *counts ECGP_UNUSED, const uint8_t *entries ECGP_UNUSED,
                                                    const int32_t *start ECGP_UNUSED, int32_t *sums ECGP_UNUSED)
{
    __asm__(ECGP_HELIUM_GATHER(", lsr #2", "vldrb.u32 q0, [r3], #4", "vadd.i32", "vldrw.u32", ", uxtw #2", "20"));
}

#endif /* ECGP_HELIUM_GATHER_ASM_H */
