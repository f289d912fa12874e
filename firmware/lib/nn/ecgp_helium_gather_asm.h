/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_gather_asm.h
 * @brief Assembly of ecgp_helium_gather.h, where ECGP_HELIUM and ECGP_ASSEMBLY are 1.
 *
 * r0, r4, r6, r8, r10, r12: the sums of a channel, as VMLADAVA adds to even registers only; r1, r5, r9: inputs of positions
 * 0, 2 and 4; r3: the weights that are in q1; r7: step in words; r11: where sums go; r2: where outputs go; lr: chunks.
 * q0: offsets of even positions, q3: of odd ones; q1: weights, q2 and q4: inputs; q7: where the sums of each channel are.
 */
#ifndef ECGP_HELIUM_GATHER_ASM_H
#define ECGP_HELIUM_GATHER_ASM_H

ECGP_STATIC_ASSERT(ECGP_HELIUM_TILE == 6 && ECGP_HELIUM_TAPS == 16 && ECGP_GATHER_CHANNELS == 4, "the loops below");
ECGP_STATIC_ASSERT(offsetof(ecgp_gather_tile, sums) == 0 && offsetof(ecgp_gather_tile, output) == 96 &&
                       offsetof(ecgp_gather_tile, zero_point) == 100 && offsetof(ecgp_gather_tile, away) == 104 &&
                       offsetof(ecgp_gather_tile, outputs) == 108 && offsetof(ecgp_gather_tile, pool) == 112 &&
                       offsetof(ecgp_gather_tile, places) == 116 && offsetof(ecgp_gather_tile, min) == 132 &&
                       offsetof(ecgp_gather_tile, max) == 148 && offsetof(ecgp_gather_tile, part) == 164,
                   "the offsets below");

/*
 * Eight loads of two cycles are all that a chunk takes: 16 cycles. A gather waits for its offsets and VMLADAVA for the
 * gather. So the offsets of the next chunk, which may be that of the next channel, are loaded in the middle, and its first
 * two gathers stand at the end.
 */
#define ECGP_GATHER_INPUTS(to, x, offsets) "vldrw.u32 " to ", [" x ", " offsets ", uxtw #2]\n\t"
#define ECGP_GATHER_CHUNK(a, beside, also, offsets, weights) \
    beside                                            \
    "vmladav" a ".s8 r0, q2, q1\n\t"                  \
    ECGP_GATHER_INPUTS("q2", "r9", "q0") also         \
    "vldrb.u32 q0, [r3, #" offsets "]\n\t"            \
    "vmladav" a ".s8 r6, q4, q1\n\t"                  \
    ECGP_GATHER_INPUTS("q4", "r1", "q3")              \
    "vmladav" a ".s8 r10, q2, q1\n\t"                 \
    ECGP_GATHER_INPUTS("q2", "r5", "q3")              \
    "vmladav" a ".s8 r4, q4, q1\n\t"                  \
    ECGP_GATHER_INPUTS("q4", "r9", "q3")              \
    "vmladav" a ".s8 r8, q2, q1\n\t"                  \
    ECGP_GATHER_INPUTS("q2", "r1", "q0")              \
    "vmladav" a ".s8 r12, q4, q1\n\t"                 \
    ECGP_GATHER_INPUTS("q4", "r5", "q0")              \
    "vadd.i32 q3, q0, r7\n\t"                         \
    "vldrb.u8 q1, [r3, #" weights "]!\n\t"

/* What the first chunk finds loaded: offsets lie so many bytes behind r3, weights four more. */
#define ECGP_GATHER_LOAD(offsets, weights)            \
    "vldrb.u32 q0, [r3, #" offsets "]\n\t"            \
    "vldrb.u8 q1, [r3, #" weights "]!\n\t"            \
    "vadd.i32 q3, q0, r7\n\t"                         \
    ECGP_GATHER_INPUTS("q2", "r1", "q0")              \
    ECGP_GATHER_INPUTS("q4", "r5", "q0")              \
    "vldrw.u32 q7, [r11, #116]\n\t"

/* Four channels; C says behind a channel that it was the last of them, which no instruction between changes. */
#define ECGP_GATHER_SEGMENT_OF_FOUR                   \
    ".p2align 2\n"                                    \
    "1:\n\t"                                          \
    ECGP_GATHER_CHUNK("", "ldrb lr, [r3, #16]\n\t", "lsrs.w lr, lr, #1\n\t", "17", "21") \
    "wls      lr, lr, 3f\n\t"                         \
    ".p2align 2\n"                                    \
    "2:\n\t"                                          \
    ECGP_GATHER_CHUNK("a", "", "", "16", "20")        \
    "le       lr, 2b\n"                               \
    "3:\n\t"                                          \
    "stm      r11!, {r0, r4, r6, r8, r10, r12}\n\t"   \
    "bcc      1b\n\t"                                 \
    "vldrw.u32 q0, [q7]\n\t"                          \
    "sub      r11, r11, #96\n\t"                      \
    "vldrw.u32 q1, [q7, #4]\n\t"                      \
    "ldr      r10, [r3]\n\t"                          \
    "vldrw.u32 q2, [q7, #8]\n\t"                      \
    "vldrw.u32 q3, [q7, #12]\n\t"                     \
    "ldrd     r4, r12, [r11, #108]\n\t"               \
    "cmp      r10, #0\n\t"                            \
    "vldrw.u32 q4, [q7, #16]\n\t"                     \
    "vldrw.u32 q5, [q7, #20]\n\t"

/* A segment's sums to those before; r10: the word behind it. */
#define ECGP_GATHER_ADD(q, at) "vldrw.u32 q6, [r11, #" at "]\n\tvadd.i32 " q ", " q ", q6\n\t"
#define ECGP_GATHER_SIX(op, q0, q1, q2, q3, q4, q5)   \
    op(q0, "164") op(q1, "180") op(q2, "196") op(q3, "212") op(q4, "228") op(q5, "244")
#define ECGP_GATHER_KEEP(q, at) "vstrw.32 " q ", [r11, #" at "]\n\t"
#define ECGP_GATHER_PART_OF_FOUR                      \
    ECGP_GATHER_SIX(ECGP_GATHER_ADD, "q0", "q1", "q2", "q3", "q4", "q5") \
    "sxth     r0, r10\n\t"                            \
    "tst      r10, #65536\n\t"                        \
    "add      r1, r1, r0\n\t"                         \
    "add      r5, r5, r0\n\t"                         \
    "add      r9, r9, r0\n\t"                         \
    "bne      10f\n\t"                                \
    ECGP_GATHER_SIX(ECGP_GATHER_KEEP, "q0", "q1", "q2", "q3", "q4", "q5") \
    ECGP_GATHER_LOAD("4", "8")                        \
    "b        1b\n"                                   \
    "10:\n\t"                                         \
    "ldr      r10, [r3, #4]!\n\t"                     \
    "vmov.i32 q6, #0\n\t"                             \
    ECGP_GATHER_SIX(ECGP_GATHER_KEEP, "q6", "q6", "q6", "q6", "q6", "q6") \
    "b        5b\n"

/* From sums to outputs. VQDMLAH by 1 adds -1 to what is negative: that makes what rounds half up round half away from zero.
   VQRDMLASH shifts, by a power of two, and adds the zero point. The order, which loads the next chunk beside, is the best of
   some thousands that were tried: 66 cycles for 24 outputs, 40 for 12 that are the larger of two. */
#define ECGP_GATHER_BIAS(q, b) "vadd.i32 " q ", " q ", " b "\n\t"
#define ECGP_GATHER_TIMES(q, m) "vqrdmulh.s32 " q ", " q ", " m "\n\t"
#define ECGP_GATHER_AWAY(q) "vqdmlah.s32 " q ", " q ", r8\n\t"
#define ECGP_GATHER_SHIFT(q, p) "vqrdmlash.s32 " q ", " p ", r6\n\t"
#define ECGP_GATHER_MIN(q, min) "vmax.s32 " q ", " q ", " min "\n\t"
#define ECGP_GATHER_MAX(q, max) "vmin.s32 " q ", " q ", " max "\n\t"
#define ECGP_GATHER_STORE(q, to) "vstrb.32 " q ", [" to "]\n\t"
#define ECGP_GATHER_NEXT "add r0, r0, r4\n\t"
#define ECGP_GATHER_EACH \
    "vldrw.u32 q6, [r3, #4]\n\t" ECGP_GATHER_BIAS("q1", "q6") "vldrw.u32 q7, [r3, #20]\n\t"                      \
    ECGP_GATHER_BIAS("q2", "q6") ECGP_GATHER_TIMES("q2", "q7") ECGP_GATHER_BIAS("q5", "q6")                      \
    ECGP_GATHER_TIMES("q1", "q7") ECGP_GATHER_BIAS("q3", "q6") ECGP_GATHER_TIMES("q3", "q7")                     \
    ECGP_GATHER_BIAS("q4", "q6") ECGP_GATHER_TIMES("q4", "q7") ECGP_GATHER_BIAS("q0", "q6")                      \
    ECGP_GATHER_TIMES("q5", "q7") "ldrd r6, r8, [r11, #100]\n\t" ECGP_GATHER_TIMES("q0", "q7")                   \
    ECGP_GATHER_AWAY("q5") ECGP_GATHER_AWAY("q2") ECGP_GATHER_AWAY("q1") "vldrw.u32 q6, [r3, #36]\n\t"           \
    ECGP_GATHER_AWAY("q4") ECGP_GATHER_AWAY("q0") "vldrw.u32 q7, [r11, #132]\n\t" ECGP_GATHER_SHIFT("q1", "q6")  \
    "cmp r10, #0\n\t" ECGP_GATHER_SHIFT("q0", "q6") ECGP_GATHER_MIN("q1", "q7") ECGP_GATHER_SHIFT("q2", "q6")    \
    ECGP_GATHER_SHIFT("q4", "q6") ECGP_GATHER_MIN("q0", "q7") ECGP_GATHER_AWAY("q3") ECGP_GATHER_MIN("q2", "q7") \
    ECGP_GATHER_SHIFT("q5", "q6") "add r0, r2, r4\n\t" ECGP_GATHER_MIN("q4", "q7") ECGP_GATHER_SHIFT("q3", "q6") \
    "vldrw.u32 q6, [r11, #148]\n\t" ECGP_GATHER_MAX("q0", "q6") ECGP_GATHER_STORE("q0", "r2")                    \
    ECGP_GATHER_MAX("q2", "q6") "vldrb.u32 q0, [r3, #52]\n\t" ECGP_GATHER_MAX("q1", "q6")                        \
    ECGP_GATHER_STORE("q1", "r0") ECGP_GATHER_MIN("q5", "q7") ECGP_GATHER_NEXT "vldrb.u8 q1, [r3, #56]!\n\t"     \
    ECGP_GATHER_MIN("q3", "q7") ECGP_GATHER_STORE("q2", "r0") ECGP_GATHER_MAX("q4", "q6") ECGP_GATHER_NEXT       \
    ECGP_GATHER_INPUTS("q2", "r1", "q0") ECGP_GATHER_MAX("q3", "q6") ECGP_GATHER_STORE("q3", "r0")               \
    ECGP_GATHER_NEXT ECGP_GATHER_STORE("q4", "r0") ECGP_GATHER_MAX("q5", "q6")                                   \
    ECGP_GATHER_INPUTS("q4", "r5", "q0") ECGP_GATHER_NEXT ECGP_GATHER_STORE("q5", "r0") "add r2, r2, r10\n\t"    \
    "vldrw.u32 q7, [r11, #116]\n\t" "vadd.i32 q3, q0, r7\n\t"
#define ECGP_GATHER_POOLED \
    "vmax.s32 q0, q0, q1\n\t" "vldrw.u32 q1, [r3, #4]\n\t" "vmax.s32 q4, q4, q5\n\t"                              \
    "vldrw.u32 q6, [r11, #132]\n\t" "vmax.s32 q2, q2, q3\n\t" "vldrw.u32 q3, [r3, #20]\n\t"                       \
    "ldrd r6, r8, [r11, #100]\n\t" ECGP_GATHER_BIAS("q0", "q1") ECGP_GATHER_TIMES("q0", "q3")                     \
    ECGP_GATHER_BIAS("q2", "q1") ECGP_GATHER_AWAY("q0") "vldrw.u32 q5, [r3, #36]\n\t"                             \
    ECGP_GATHER_SHIFT("q0", "q5") "vldrw.u32 q7, [r11, #148]\n\t" ECGP_GATHER_TIMES("q2", "q3")                   \
    ECGP_GATHER_MIN("q0", "q6") ECGP_GATHER_AWAY("q2") ECGP_GATHER_MAX("q0", "q7") ECGP_GATHER_SHIFT("q2", "q5")  \
    ECGP_GATHER_BIAS("q4", "q1") ECGP_GATHER_TIMES("q4", "q3") ECGP_GATHER_MIN("q2", "q6") ECGP_GATHER_AWAY("q4") \
    ECGP_GATHER_MAX("q2", "q7") ECGP_GATHER_STORE("q0", "r2") ECGP_GATHER_SHIFT("q4", "q5")                       \
    "vldrb.u32 q0, [r3, #52]\n\t" ECGP_GATHER_MIN("q4", "q6") "add r0, r2, r4\n\t" ECGP_GATHER_STORE("q2", "r0")  \
    ECGP_GATHER_MAX("q4", "q7") "vldrb.u8 q1, [r3, #56]!\n\t" ECGP_GATHER_NEXT ECGP_GATHER_STORE("q4", "r0")      \
    "add r2, r2, r10\n\t" ECGP_GATHER_INPUTS("q4", "r5", "q0") "vadd.i32 q3, q0, r7\n\t"                          \
    ECGP_GATHER_INPUTS("q2", "r1", "q0") "cmp r10, #0\n\t" "vldrw.u32 q7, [r11, #116]\n\t"

/** See the C of ecgp_gather_groups(). */
static ECGP_NAKED void ecgp_gather_groups(const int8_t *x ECGP_UNUSED, int32_t step ECGP_UNUSED,
                                          const int32_t *stream ECGP_UNUSED, ecgp_gather_tile *t ECGP_UNUSED)
{
    __asm__("push     {r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n\t"
            "vpush    {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"
            "add      r5, r0, r1, lsl #1\n\t"
            "add      r9, r0, r1, lsl #2\n\t"
            "lsr      r7, r1, #2\n\t"
            "mov      r1, r0\n\t"
            "mov      r11, r3\n\t"
            "mov      r3, r2\n\t"
            "ldr      r2, [r11, #96]\n\t"
            ECGP_GATHER_LOAD("0", "4")
            ECGP_GATHER_SEGMENT_OF_FOUR
            "blt      9f\n"
            "5:\n\t"
            "cmp      r12, #1\n\t"
            "bne      6f\n\t"
            ECGP_GATHER_EACH
            "bne      1b\n"
            "7:\n\t"
            "vpop     {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"
            "pop      {r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}\n"
            "6:\n\t"
            ECGP_GATHER_POOLED
            "bne      1b\n\t"
            "b        7b\n"
            "9:\n\t"
            ECGP_GATHER_PART_OF_FOUR);
}

#endif /* ECGP_HELIUM_GATHER_ASM_H */
