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
 * r2: counts, r3: entries, one chunk ahead, r1, r5 and r9: inputs of positions 0, 2 and 4, r7: step in words, r11: sums, lr: chunks.
 * q0: offsets of even positions, q3: of odd ones; q1: weights, q2 and q4: inputs.
 * A gather waits for its offsets, and VMLADAVA for a gather, so each stands two instructions behind what it waits for, and
 * the next chunk, which may be that of the next channel, is loaded before the last products. 17 cycles a chunk.
 */
#define ECGP_HELIUM_CHUNK             \
    "vldrb.u32 q0, [r3], #4\n\t"      \
    "vldrb.u8 q1, [r3], #16\n\t"      \
    "vadd.i32 q3, q0, r7\n\t"
#define ECGP_HELIUM_INPUTS(to, x, offsets) "vldrw.u32 " to ", [" x ", " offsets ", uxtw #2]\n\t"
#define ECGP_HELIUM_CHANNEL(start)                    \
    ".p2align 2\n"                                    \
    "1:\n\t" start                                    \
    "wls      lr, lr, 3f\n"                           \
    "2:\n\t"                                          \
    ECGP_HELIUM_INPUTS("q2", "r1", "q0")              \
    ECGP_HELIUM_INPUTS("q4", "r5", "q0")              \
    "vmladava.s8 r0, q2, q1\n\t"                     \
    ECGP_HELIUM_INPUTS("q2", "r9", "q0")              \
    "vmladava.s8 r6, q4, q1\n\t"                     \
    ECGP_HELIUM_INPUTS("q4", "r1", "q3")              \
    "vmladava.s8 r10, q2, q1\n\t"                    \
    ECGP_HELIUM_INPUTS("q2", "r5", "q3")              \
    "vmladava.s8 r4, q4, q1\n\t"                     \
    ECGP_HELIUM_INPUTS("q4", "r9", "q3")              \
    "vmladava.s8 r8, q2, q1\n\t"                     \
    "vldrb.u32 q0, [r3], #4\n\t"                     \
    "vmladava.s8 r12, q4, q1\n\t"                    \
    "vldrb.u8 q1, [r3], #16\n\t"                     \
    "vadd.i32 q3, q0, r7\n\t"                        \
    "le       lr, 2b\n"                               \
    "3:\n\t"                                          \
    "stm      r11!, " ECGP_HELIUM_GATHER_SUMS "\n\t" \
    "ldrb     lr, [r2], #1\n\t"                      \
    "cmp      lr, #255\n\t"                          \
    "bne      1b\n\t"
#define ECGP_HELIUM_ZEROS "movs r0, #0\n\tmovs r4, #0\n\tmovs r6, #0\n\tmov r8, #0\n\tmov r10, #0\n\tmov r12, #0\n\t"

/** See the C of ecgp_helium_blocks(). */
static ECGP_NAKED const uint8_t *ecgp_helium_blocks(const int8_t *x ECGP_UNUSED, int32_t step ECGP_UNUSED,
                                                    const uint8_t *counts ECGP_UNUSED, const uint8_t *entries ECGP_UNUSED,
                                                    const int32_t *start ECGP_UNUSED, int32_t *sums ECGP_UNUSED)
{
    __asm__("push     {r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n\t"
            "ldrd     r7, r11, [sp, #40]\n\t"
            "vpush    {d8, d9}\n\t"
            "add      r5, r0, r1, lsl #1\n\t"
            "add      r9, r0, r1, lsl #2\n\t"
            "cmp      r7, r11\n\t"
            "lsr      r7, r1, #2\n\t"
            "mov      r1, r0\n\t"
            "ldrb     lr, [r2], #1\n\t"
            ECGP_HELIUM_CHUNK
            "beq      5f\n\t"
            ECGP_HELIUM_CHANNEL(ECGP_HELIUM_ZEROS)
            "b        6f\n"
            "5:\n\t"
            ECGP_HELIUM_CHANNEL("ldm r11, " ECGP_HELIUM_GATHER_SUMS "\n\t")
            "6:\n\t"
            "sub      r0, r3, #20\n\t"
            "vpop     {d8, d9}\n\t"
            "pop      {r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}");
}

#endif /* ECGP_HELIUM_GATHER_ASM_H */
