/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_gather_asm.h
 * @brief Assembly of ecgp_helium_gather.h, where ECGP_HELIUM and ECGP_ASSEMBLY are 1.
 *
 * r0, r4, r6, r8, r10, r12: the sums of a channel, as VMLADAVA adds to even registers only; r1, r5, r9: inputs of positions
 * 0, 2 and 4; r3: the weights that are in q1; r7: step in words; r11: the tile; r2: chunks of four channels; lr: of one.
 * q0: offsets of even positions, q3: of odd ones; q1: weights, q2 and q4: inputs; q7: where the sums of each channel are.
 */
#ifndef ECGP_HELIUM_GATHER_ASM_H
#define ECGP_HELIUM_GATHER_ASM_H

ECGP_STATIC_ASSERT(ECGP_HELIUM_TILE == 6 && ECGP_HELIUM_TAPS == 16 && ECGP_GATHER_CHANNELS == 4, "the loops below");
ECGP_STATIC_ASSERT(offsetof(ecgp_gather_tile, sums) == 0 && offsetof(ecgp_gather_tile, output) == 96 &&
                       offsetof(ecgp_gather_tile, outputs) == 100 && offsetof(ecgp_gather_tile, zero_point) == 104 &&
                       offsetof(ecgp_gather_tile, away) == 108 && offsetof(ecgp_gather_tile, behind) == 112 &&
                       offsetof(ecgp_gather_tile, places) == 116 && offsetof(ecgp_gather_tile, min) == 132 &&
                       offsetof(ecgp_gather_tile, max) == 148 && offsetof(ecgp_gather_tile, part) == 164 &&
                       offsetof(ecgp_gather_tile, pool) == 260 && offsetof(ecgp_gather_tile, stream) == 264 &&
                       offsetof(ecgp_gather_tile, tiles) == 268 && offsetof(ecgp_gather_tile, segments) == 272 &&
                       offsetof(ecgp_gather_tile, whole) == 276,
                   "the offsets below");

/*
 * Eight loads of two cycles are all that a chunk takes: 16 cycles. A gather waits for its offsets and VMLADAVA for the
 * gather. So the offsets of the next chunk, which may be that of the next channel, are loaded in the middle, and its first
 * two gathers stand at the end.
 */
#define ECGP_GATHER_INPUTS(to, x, offsets) "vldrw.u32 " to ", [" x ", " offsets ", uxtw #2]\n\t"
#define ECGP_GATHER_CHUNK(a, store0, beside, store1, store2) \
    store0                                            \
    "vmladav" a ".s8 r0, q2, q1\n\t"                  \
    ECGP_GATHER_INPUTS("q2", "r9", "q0")              \
    store1 beside                                     \
    "vldrb.u32 q0, [r3, #16]\n\t"                     \
    "vmladav" a ".s8 r6, q4, q1\n\t"                  \
    ECGP_GATHER_INPUTS("q4", "r1", "q3") store2       \
    "vmladav" a ".s8 r10, q2, q1\n\t"                 \
    ECGP_GATHER_INPUTS("q2", "r5", "q3")              \
    "vmladav" a ".s8 r4, q4, q1\n\t"                  \
    ECGP_GATHER_INPUTS("q4", "r9", "q3")              \
    "vmladav" a ".s8 r8, q2, q1\n\t"                  \
    ECGP_GATHER_INPUTS("q2", "r1", "q0")              \
    "vmladav" a ".s8 r12, q4, q1\n\t"                 \
    ECGP_GATHER_INPUTS("q4", "r5", "q0")              \
    "vadd.i32 q3, q0, r7\n\t"                         \
    "vldrb.u8 q1, [r3, #20]!\n\t"

/* A channel; the sums of the one before it are stored until it begins its own. 17 cycles for its first chunk, 20 with the
   stores; 16 for each other one. */
#define ECGP_GATHER_STORE(a, b, at) "strd " a ", " b ", [r11, #" at "]\n\t"
#define ECGP_GATHER_CHANNEL(bit, store0, store1, store2) \
    ECGP_GATHER_CHUNK("", store0, "ubfx lr, r2, #" bit ", #8\n\t", store1, store2) \
    "wls      lr, lr, 3f\n\t"                         \
    ".p2align 2\n"                                    \
    "2:\n\t"                                          \
    ECGP_GATHER_CHUNK("a", "", "", "", "")            \
    "le       lr, 2b\n"                               \
    "3:\n\t"
#define ECGP_GATHER_NEXT_CHANNEL(bit, at0, at1, at2)  \
    ECGP_GATHER_CHANNEL(bit, ECGP_GATHER_STORE("r0", "r6", at0), ECGP_GATHER_STORE("r10", "r4", at1), \
                        ECGP_GATHER_STORE("r8", "r12", at2))

/* Four channels. What comes behind them depends on pooling, ties, and whether their fields have more segments. */
#define ECGP_GATHER_FOUR                              \
    ".p2align 2\n"                                    \
    "1:\n\t"                                          \
    ECGP_GATHER_CHANNEL("0", "", "", "")              \
    ECGP_GATHER_NEXT_CHANNEL("8", "0", "8", "16")     \
    ECGP_GATHER_NEXT_CHANNEL("16", "24", "32", "40")  \
    ECGP_GATHER_NEXT_CHANNEL("24", "48", "56", "64")  \
    ECGP_GATHER_STORE("r0", "r6", "72")               \
    ECGP_GATHER_STORE("r10", "r4", "80")              \
    ECGP_GATHER_STORE("r8", "r12", "88")              \
    "ldr      pc, [r11, #112]\n"

/* What the first chunk finds loaded: counts lie so many bytes behind r3, offsets four more, weights eight more. */
#define ECGP_GATHER_LOAD(counts, offsets, weights)    \
    "ldr      r2, [r3, #" counts "]\n\t"              \
    "vldrb.u32 q0, [r3, #" offsets "]\n\t"            \
    "vldrb.u8 q1, [r3, #" weights "]!\n\t"            \
    "vadd.i32 q3, q0, r7\n\t"                         \
    ECGP_GATHER_INPUTS("q2", "r1", "q0")              \
    ECGP_GATHER_INPUTS("q4", "r5", "q0")              \
    "vldrw.u32 q7, [r11, #116]\n\t"

/* The sums of a segment and of those before it, four channels of a position: `then` takes them from q6. */
#define ECGP_GATHER_SUM(place, at, then)              \
    "vldrw.u32 q6, [q7, #" place "]\n\t"              \
    "vldrw.u32 q5, [r11, #" at "]\n\t"                \
    "vadd.i32 q6, q6, q5\n\t" then
#define ECGP_GATHER_KEEP(place, at) ECGP_GATHER_SUM(place, at, "vstrw.32 q6, [r11, #" at "]\n\t")
#define ECGP_GATHER_GIVE(place, at) \
    ECGP_GATHER_SUM(place, at, "vstrw.32 q6, [q7, #" place "]\n\t" "vstrw.32 q4, [r11, #" at "]\n\t")
#define ECGP_GATHER_SIX(op)                           \
    op("0", "164") op("12", "180") op("4", "196") op("16", "212") op("8", "228") op("20", "244")
#define ECGP_GATHER_PART_OF_FOUR                      \
    "ldr      r10, [r3]\n\t"                          \
    "sxth     r0, r10\n\t"                            \
    "add      r1, r1, r0\n\t"                         \
    "add      r5, r5, r0\n\t"                         \
    "add      r9, r9, r0\n\t"                         \
    "tst      r10, #65536\n\t"                        \
    "bne      10f\n\t"                                \
    ECGP_GATHER_SIX(ECGP_GATHER_KEEP)                 \
    ECGP_GATHER_LOAD("4", "8", "12")                  \
    "b        1b\n"                                   \
    "10:\n\t"                                         \
    "vmov.i32 q4, #0\n\t"                             \
    ECGP_GATHER_SIX(ECGP_GATHER_GIVE)                 \
    "add      r3, r3, #4\n\t"                         \
    "ldr      pc, [r11, #276]\n"

/* From sums to outputs: bias, factor, VQRDMLASH, which shifts by a power of two and adds the zero point, limits. VQDMLAH by 1
   adds -1 to what is negative: that makes what rounds half up round half away from zero. Behind a RELU nothing does, as no
   output is below the zero point. The next chunk is loaded beside. The order is the best of some thousands that were tried:
   50 cycles for 12 outputs that are the larger of two, 51 with VQDMLAH; 70 and 81 for 24. */
#define ECGP_GATHER_POOLED                                                                                          \
    "vldrw.u32 q0, [q7]\n\t" "ldr r6, [r11, #104]\n\t" "vldrw.u32 q1, [q7, #12]\n\t" "ldrd r2, r4, [r11, #96]\n\t"  \
    "vldrw.u32 q3, [q7, #16]\n\t" "vmax.s32 q0, q0, q1\n\t" "vldrw.u32 q2, [q7, #4]\n\t"                            \
    "vldrw.u32 q1, [r3, #4]\n\t" "vmax.s32 q2, q2, q3\n\t" "vldrw.u32 q4, [q7, #8]\n\t" "vadd.i32 q0, q0, q1\n\t"   \
    "vldrw.u32 q3, [r3, #20]\n\t" "ldr r10, [r3]\n\t" "vadd.i32 q2, q2, q1\n\t" "vldrw.u32 q5, [q7, #20]\n\t"       \
    "vqrdmulh.s32 q2, q2, q3\n\t" "vmax.s32 q4, q4, q5\n\t" "cmp r10, #0\n\t" "vadd.i32 q4, q4, q1\n\t"             \
    "vqrdmulh.s32 q4, q4, q3\n\t" "vldrw.u32 q5, [r3, #36]\n\t" "vqrdmlash.s32 q4, q5, r6\n\t"                      \
    "vldrw.u32 q6, [r11, #132]\n\t" "vqrdmlash.s32 q2, q5, r6\n\t" "vmax.s32 q4, q4, q6\n\t"                        \
    "vqrdmulh.s32 q0, q0, q3\n\t" "vldrw.u32 q1, [r11, #148]\n\t" "vqrdmlash.s32 q0, q5, r6\n\t"                    \
    "vmax.s32 q2, q2, q6\n\t" "vmax.s32 q0, q0, q6\n\t" "add r12, r2, r10\n\t" "vmin.s32 q0, q0, q1\n\t"            \
    "vstrb.32 q0, [r2]\n\t" "add r0, r2, r4\n\t" "vldrb.u32 q0, [r3, #56]\n\t" "vadd.i32 q3, q0, r7\n\t"            \
    "str r12, [r11, #96]\n\t" "vmin.s32 q2, q2, q1\n\t" "vstrb.32 q2, [r0]\n\t" "add r0, r0, r4\n\t"                \
    "vldrw.u32 q2, [r1, q0, uxtw #2]\n\t" "vmin.s32 q4, q4, q1\n\t" "vstrb.32 q4, [r0]\n\t" "ldr r2, [r3, #52]\n\t" \
    "vldrw.u32 q4, [r5, q0, uxtw #2]\n\t" "vldrb.u8 q1, [r3, #60]!\n\t" "bne 1b\n\t"
#define ECGP_GATHER_POOLED_AWAY                                                                                     \
    "vldrw.u32 q1, [q7, #12]\n\t" "ldrd r6, r8, [r11, #104]\n\t" "vldrw.u32 q0, [q7]\n\t"                           \
    "ldrd r2, r4, [r11, #96]\n\t" "vldrw.u32 q2, [q7, #4]\n\t" "vmax.s32 q0, q0, q1\n\t"                            \
    "vldrw.u32 q1, [r3, #4]\n\t" "vadd.i32 q0, q0, q1\n\t" "vldrw.u32 q3, [q7, #16]\n\t" "ldr r10, [r3]\n\t"        \
    "vldrw.u32 q5, [q7, #20]\n\t" "vmax.s32 q2, q2, q3\n\t" "vldrw.u32 q4, [q7, #8]\n\t" "vadd.i32 q2, q2, q1\n\t"  \
    "vldrw.u32 q3, [r3, #20]\n\t" "vqrdmulh.s32 q0, q0, q3\n\t" "vmax.s32 q4, q4, q5\n\t"                           \
    "vqrdmulh.s32 q2, q2, q3\n\t" "vldrw.u32 q5, [r3, #36]\n\t" "vqdmlah.s32 q2, q2, r8\n\t"                        \
    "vldrw.u32 q6, [r11, #132]\n\t" "vqrdmlash.s32 q2, q5, r6\n\t" "cmp r10, #0\n\t" "vqdmlah.s32 q0, q0, r8\n\t"   \
    "vadd.i32 q4, q4, q1\n\t" "vqrdmulh.s32 q4, q4, q3\n\t" "vldrw.u32 q1, [r11, #148]\n\t"                         \
    "vqdmlah.s32 q4, q4, r8\n\t" "vmax.s32 q2, q2, q6\n\t" "vqrdmlash.s32 q0, q5, r6\n\t" "vmin.s32 q2, q2, q1\n\t" \
    "add r12, r2, r10\n\t" "vqrdmlash.s32 q4, q5, r6\n\t" "vmax.s32 q0, q0, q6\n\t" "add r0, r2, r4\n\t"            \
    "vmax.s32 q4, q4, q6\n\t" "vstrb.32 q2, [r0]\n\t" "vmin.s32 q0, q0, q1\n\t" "vstrb.32 q0, [r2]\n\t"             \
    "vmin.s32 q4, q4, q1\n\t" "vldrb.u32 q0, [r3, #56]\n\t" "ldr r2, [r3, #52]\n\t" "vldrb.u8 q1, [r3, #60]!\n\t"   \
    "add r0, r0, r4\n\t" "vstrb.32 q4, [r0]\n\t" "str r12, [r11, #96]\n\t" "vldrw.u32 q4, [r5, q0, uxtw #2]\n\t"    \
    "vldrw.u32 q2, [r1, q0, uxtw #2]\n\t" "vadd.i32 q3, q0, r7\n\t" "bne 1b\n\t"
#define ECGP_GATHER_EACH                                                                                            \
    "vldrw.u32 q3, [q7, #16]\n\t" "vldrw.u32 q1, [q7, #12]\n\t" "ldr r6, [r11, #104]\n\t" "vldrw.u32 q0, [q7]\n\t"  \
    "ldr r10, [r3]\n\t" "vldrw.u32 q6, [r3, #4]\n\t" "cmp r10, #0\n\t" "vldrw.u32 q2, [q7, #4]\n\t"                 \
    "vadd.i32 q3, q3, q6\n\t" "vldrw.u32 q5, [q7, #20]\n\t" "vadd.i32 q0, q0, q6\n\t" "vldrw.u32 q4, [q7, #8]\n\t"  \
    "vadd.i32 q1, q1, q6\n\t" "vldrw.u32 q7, [r3, #20]\n\t" "vqrdmulh.s32 q1, q1, q7\n\t" "vadd.i32 q2, q2, q6\n\t" \
    "vqrdmulh.s32 q0, q0, q7\n\t" "vadd.i32 q4, q4, q6\n\t" "vqrdmulh.s32 q4, q4, q7\n\t" "vadd.i32 q5, q5, q6\n\t" \
    "vqrdmulh.s32 q3, q3, q7\n\t" "vldrw.u32 q6, [r3, #36]\n\t" "vqrdmlash.s32 q4, q6, r6\n\t"                      \
    "vqrdmulh.s32 q5, q5, q7\n\t" "ldrd r2, r4, [r11, #96]\n\t" "vqrdmlash.s32 q3, q6, r6\n\t"                      \
    "vqrdmulh.s32 q2, q2, q7\n\t" "vldrw.u32 q7, [r11, #132]\n\t" "vqrdmlash.s32 q0, q6, r6\n\t"                    \
    "vmax.s32 q3, q3, q7\n\t" "vqrdmlash.s32 q1, q6, r6\n\t" "vmax.s32 q4, q4, q7\n\t"                              \
    "vqrdmlash.s32 q5, q6, r6\n\t" "vmax.s32 q1, q1, q7\n\t" "vqrdmlash.s32 q2, q6, r6\n\t"                         \
    "vmax.s32 q0, q0, q7\n\t" "vldrw.u32 q6, [r11, #148]\n\t" "vmin.s32 q0, q0, q6\n\t" "add r0, r2, r4\n\t"        \
    "vmin.s32 q1, q1, q6\n\t" "vstrb.32 q1, [r0]\n\t" "vmax.s32 q2, q2, q7\n\t" "vstrb.32 q0, [r2]\n\t"             \
    "vmin.s32 q2, q2, q6\n\t" "vldrb.u32 q0, [r3, #56]\n\t" "vmin.s32 q3, q3, q6\n\t" "add r0, r0, r4\n\t"          \
    "vmax.s32 q5, q5, q7\n\t" "vstrb.32 q2, [r0]\n\t" "add r0, r0, r4\n\t" "vmin.s32 q4, q4, q6\n\t"                \
    "vstrb.32 q3, [r0]\n\t" "add r0, r0, r4\n\t" "vstrb.32 q4, [r0]\n\t" "add r0, r0, r4\n\t"                       \
    "vmin.s32 q5, q5, q6\n\t" "vstrb.32 q5, [r0]\n\t" "add r12, r2, r10\n\t" "vldrw.u32 q4, [r5, q0, uxtw #2]\n\t"  \
    "ldr r2, [r3, #52]\n\t" "vldrw.u32 q7, [r11, #116]\n\t" "str r12, [r11, #96]\n\t"                               \
    "vldrw.u32 q2, [r1, q0, uxtw #2]\n\t" "vadd.i32 q3, q0, r7\n\t" "vldrb.u8 q1, [r3, #60]!\n\t" "bne 1b\n\t"
#define ECGP_GATHER_EACH_AWAY                                                                                       \
    "vldrw.u32 q3, [q7, #16]\n\t" "ldrd r6, r8, [r11, #104]\n\t" "vldrw.u32 q0, [q7]\n\t" "ldr r10, [r3]\n\t"       \
    "vldrw.u32 q6, [r3, #4]\n\t" "cmp r10, #0\n\t" "vldrw.u32 q2, [q7, #4]\n\t" "vldrw.u32 q1, [q7, #12]\n\t"       \
    "vadd.i32 q3, q3, q6\n\t" "vldrw.u32 q5, [q7, #20]\n\t" "vadd.i32 q0, q0, q6\n\t" "vldrw.u32 q4, [q7, #8]\n\t"  \
    "vadd.i32 q1, q1, q6\n\t" "vldrw.u32 q7, [r3, #20]\n\t" "vqrdmulh.s32 q1, q1, q7\n\t" "vadd.i32 q2, q2, q6\n\t" \
    "vqrdmulh.s32 q0, q0, q7\n\t" "vadd.i32 q4, q4, q6\n\t" "vqrdmulh.s32 q4, q4, q7\n\t" "vadd.i32 q5, q5, q6\n\t" \
    "vqrdmulh.s32 q3, q3, q7\n\t" "vldrw.u32 q6, [r3, #36]\n\t" "vqdmlah.s32 q4, q4, r8\n\t"                        \
    "vqdmlah.s32 q1, q1, r8\n\t" "vqrdmlash.s32 q4, q6, r6\n\t" "vqdmlah.s32 q3, q3, r8\n\t"                        \
    "ldrd r2, r4, [r11, #96]\n\t" "vqrdmulh.s32 q5, q5, q7\n\t" "vqrdmlash.s32 q3, q6, r6\n\t"                      \
    "vqrdmulh.s32 q2, q2, q7\n\t" "vldrw.u32 q7, [r11, #132]\n\t" "vqdmlah.s32 q0, q0, r8\n\t"                      \
    "vmax.s32 q3, q3, q7\n\t" "vqrdmlash.s32 q0, q6, r6\n\t" "vqrdmlash.s32 q1, q6, r6\n\t"                         \
    "vqdmlah.s32 q5, q5, r8\n\t" "vmax.s32 q4, q4, q7\n\t" "vqrdmlash.s32 q5, q6, r6\n\t" "vmax.s32 q1, q1, q7\n\t" \
    "vqdmlah.s32 q2, q2, r8\n\t" "vmax.s32 q0, q0, q7\n\t" "vqrdmlash.s32 q2, q6, r6\n\t"                           \
    "vldrw.u32 q6, [r11, #148]\n\t" "vmin.s32 q0, q0, q6\n\t" "add r0, r2, r4\n\t" "vmin.s32 q1, q1, q6\n\t"        \
    "vstrb.32 q1, [r0]\n\t" "vmax.s32 q2, q2, q7\n\t" "vstrb.32 q0, [r2]\n\t" "vmin.s32 q2, q2, q6\n\t"             \
    "vldrb.u32 q0, [r3, #56]\n\t" "add r0, r0, r4\n\t" "vmin.s32 q3, q3, q6\n\t" "vstrb.32 q2, [r0]\n\t"            \
    "vmax.s32 q5, q5, q7\n\t" "add r0, r0, r4\n\t" "vstrb.32 q3, [r0]\n\t" "vmin.s32 q4, q4, q6\n\t"                \
    "add r0, r0, r4\n\t" "vmin.s32 q5, q5, q6\n\t" "vstrb.32 q4, [r0]\n\t" "add r0, r0, r4\n\t"                     \
    "vstrb.32 q5, [r0]\n\t" "add r12, r2, r10\n\t" "vldrw.u32 q4, [r5, q0, uxtw #2]\n\t" "ldr r2, [r3, #52]\n\t"    \
    "vldrw.u32 q7, [r11, #116]\n\t" "str r12, [r11, #96]\n\t" "vldrw.u32 q2, [r1, q0, uxtw #2]\n\t"                 \
    "vadd.i32 q3, q0, r7\n\t" "vldrb.u8 q1, [r3, #60]!\n\t" "bne 1b\n\t"

/** See the C of ecgp_gather_tiles(). */
static ECGP_NAKED void ecgp_gather_tiles(const int8_t *x ECGP_UNUSED, int32_t step ECGP_UNUSED,
                                         ecgp_gather_tile *t ECGP_UNUSED)
{
    __asm__("push     {r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n\t"
            "vpush    {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"
            "add      r5, r0, r1, lsl #1\n\t"
            "add      r9, r0, r1, lsl #2\n\t"
            "lsr      r7, r1, #2\n\t"
            "mov      r1, r0\n\t"
            "mov      r11, r2\n\t"
            "ldr      r3, [r11, #264]\n\t"
            "ldr      r0, [r11, #260]\n\t"
            "ldr      r2, [r11, #108]\n\t"
            "adr.w    r4, 11f\n\t"
            "adr.w    r6, 12f\n\t"
            "cmp      r2, #0\n\t"
            "beq      4f\n\t"
            "adr.w    r4, 13f\n\t"
            "adr.w    r6, 14f\n"
            "4:\n\t"
            "cmp      r0, #1\n\t"
            "it       ne\n\t"
            "movne    r4, r6\n\t"
            "orr      r4, r4, #1\n\t" /* Thumb */
            "str      r4, [r11, #276]\n\t"
            "ldr      r0, [r11, #272]\n\t"
            "cmp      r0, #1\n\t"
            "beq      5f\n\t"
            "adr.w    r4, 9f\n\t"
            "orr      r4, r4, #1\n"
            "5:\n\t"
            "str      r4, [r11, #112]\n"
            "6:\n\t"
            ECGP_GATHER_LOAD("0", "4", "8")
            ECGP_GATHER_FOUR
            "12:\n\t"
            ECGP_GATHER_POOLED
            "8:\n\t" /* r0: outputs of the last position and of the last four channels */
            "ldr      r6, [r11, #268]\n\t"
            "add      r8, r7, r7, lsl #1\n\t"
            "subs     r6, r6, #1\n\t"
            "beq      7f\n\t"
            "str      r6, [r11, #268]\n\t"
            "add      r0, r0, #4\n\t"
            "ldr      r3, [r11, #264]\n\t"
            "add      r1, r1, r8, lsl #3\n\t"
            "str      r0, [r11, #96]\n\t"
            "add      r5, r5, r8, lsl #3\n\t"
            "add      r9, r9, r8, lsl #3\n\t"
            "b        6b\n"
            "7:\n\t"
            "vpop     {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"
            "pop      {r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}\n"
            "11:\n\t"
            ECGP_GATHER_EACH
            "b        8b\n"
            "13:\n\t"
            ECGP_GATHER_EACH_AWAY
            "b        8b\n"
            "14:\n\t"
            ECGP_GATHER_POOLED_AWAY
            "b        8b\n"
            "9:\n\t"
            ECGP_GATHER_PART_OF_FOUR);
}

#endif /* ECGP_HELIUM_GATHER_ASM_H */
