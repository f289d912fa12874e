/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_dense_parts.h
 * @brief What ecgp_helium_dense_asm.h is made of; the registers are told there.
 */
#ifndef ECGP_HELIUM_DENSE_PARTS_H
#define ECGP_HELIUM_DENSE_PARTS_H

/* A chunk of two channels: six multiplications, "a": they add to the sums. Loads go between: of the weights of the second
   channel, and of what the next chunk, or what comes behind this one, reads. */
#define ECGP_DENSE_CHUNK(a, w0, x0, x1, x2)  \
    "vmladav" a ".s8 r0, q0, q3\n\t"         \
    "vldrb.u8 q4, [r7], #16\n\t"             \
    "vmladav" a ".s8 r2, q1, q3\n\t"         \
    "vmladav" a ".s8 r4, q2, q3\n\t" w0      \
    "vmladav" a ".s8 r6, q0, q4\n\t" x0      \
    "vmladav" a ".s8 r8, q1, q4\n\t" x1      \
    "vmladav" a ".s8 r10, q2, q4\n\t" x2
#define ECGP_DENSE_W "vldrb.u8 q3, [r7], #16\n\t"
#define ECGP_DENSE_X0 "vldrb.u8 q0, [r1], #16\n\t"
#define ECGP_DENSE_X1 "vldrb.u8 q1, [r3], #16\n\t"
#define ECGP_DENSE_X2 "vldrb.u8 q2, [r5], #16\n\t"
#define ECGP_DENSE_NEXT ECGP_DENSE_W, ECGP_DENSE_X0, ECGP_DENSE_X1, ECGP_DENSE_X2
/* CHUNK, whose last parameters come from one macro. */
#define ECGP_DENSE_EXPANDED(a, ...) ECGP_DENSE_CHUNK(a, __VA_ARGS__)
#define ECGP_DENSE_MIDDLE                    \
    "wls      lr, lr, 3f\n\t"                \
    ".p2align 2\n"                           \
    "2:\n\t" ECGP_DENSE_EXPANDED("a", ECGP_DENSE_NEXT) \
    "le       lr, 2b\n"                      \
    "3:\n\t"
#define ECGP_DENSE_MOVE_FIRST(a, b) "vmov     q5[" a "], q5[" b "], r0, r6\n\t"
#define ECGP_DENSE_MOVE_SECOND(a, b) "vmov     q6[" a "], q6[" b "], r2, r8\n\t"
#define ECGP_DENSE_MOVE_THIRD(a, b) "vmov     q7[" a "], q7[" b "], r4, r10\n\t"
/* The last chunk of the second pair, and what ECGP_DENSE_OUTPUTS takes; r1: whether ties are rounded away from zero.
   moved: the first pair's last sums, which these are about to replace. */
#define ECGP_DENSE_LAST(a, moved)               \
    "vmladav" a ".s8 r0, q0, q3\n\t" moved      \
    "vldrb.u8 q4, [r7], #16\n\t"                \
    "vmladav" a ".s8 r2, q1, q3\n\t"            \
    "ldr      r1, [r11, #52]\n\t"               \
    "vmladav" a ".s8 r4, q2, q3\n\t"            \
    "vldrw.u32 q3, [r7], #16\n\t"               \
    "vmladav" a ".s8 r6, q0, q4\n\t"            \
    "vldrw.u32 q0, [r7], #16\n\t"               \
    "vmladav" a ".s8 r8, q1, q4\n\t"            \
    ECGP_DENSE_MOVE_FIRST("3", "1")             \
    "vldrw.u32 q1, [r7], #16\n\t"               \
    "vmladav" a ".s8 r10, q2, q4\n\t"           \
    ECGP_DENSE_MOVE_SECOND("3", "1")            \
    "ldr      r3, [r11, #48]\n\t"               \
    "ldr      r5, [r11, #40]\n\t"               \
    ECGP_DENSE_MOVE_THIRD("3", "1")

/* The larger of two positions, from the second pair of channels of the first one on, where a field is a single chunk. */
#define ECGP_DENSE_PAIRS_OF_A_CHUNK             \
    "vmladav.s8 r0, q0, q3\n\t"                 \
    ECGP_DENSE_MOVE_THIRD("2", "0")             \
    "vldrb.u8 q4, [r7], #16\n\t"                \
    "vmladav.s8 r2, q1, q3\n\t"                 \
    "ldm      r11, {r1, r3, r5}\n\t"            \
    "vmladav.s8 r4, q2, q3\n\t"                 \
    "vldrb.u8 q3, [r7, #-64]\n\t"               \
    "vmladav.s8 r6, q0, q4\n\t" ECGP_DENSE_X0   \
    "vmladav.s8 r8, q1, q4\n\t"                 \
    ECGP_DENSE_MOVE_FIRST("3", "1")             \
    ECGP_DENSE_X1                               \
    "vmladav.s8 r10, q2, q4\n\t"                \
    ECGP_DENSE_MOVE_SECOND("3", "1")            \
    ECGP_DENSE_X2                               \
    "vmladav.s8 r0, q0, q3\n\t"                 \
    ECGP_DENSE_MOVE_THIRD("3", "1")             \
    "vldrb.u8 q4, [r7, #-48]\n\t"               \
    "vmladav.s8 r2, q1, q3\n\t"                 \
    "vstrw.32 q5, [r11, #92]\n\t"               \
    "vmladav.s8 r4, q2, q3\n\t"                 \
    "vldrb.u8 q3, [r7, #-32]\n\t"               \
    "vmladav.s8 r6, q0, q4\n\t"                 \
    "vstrw.32 q6, [r11, #108]\n\t"              \
    "vmladav.s8 r8, q1, q4\n\t"                 \
    ECGP_DENSE_MOVE_FIRST("2", "0")             \
    "vmladav.s8 r10, q2, q4\n\t"                \
    "vstrw.32 q7, [r11, #124]\n\t"              \
    ECGP_DENSE_MOVE_SECOND("2", "0")            \
    "vmladav.s8 r0, q0, q3\n\t"                 \
    ECGP_DENSE_MOVE_THIRD("2", "0")             \
    "vldrb.u8 q4, [r7, #-16]\n\t"               \
    "vmladav.s8 r2, q1, q3\n\t"                 \
    "ldr      r1, [r11, #52]\n\t"               \
    "vmladav.s8 r4, q2, q3\n\t"                 \
    "vldrw.u32 q3, [r7], #16\n\t"               \
    "vmladav.s8 r6, q0, q4\n\t"                 \
    "vldrw.u32 q0, [r7], #16\n\t"               \
    "vmladav.s8 r8, q1, q4\n\t"                 \
    ECGP_DENSE_MOVE_FIRST("3", "1")             \
    "vldrw.u32 q1, [r7], #16\n\t"               \
    "vmladav.s8 r10, q2, q4\n\t"                \
    ECGP_DENSE_MOVE_SECOND("3", "1")            \
    "vldrw.u32 q2, [r11, #92]\n\t"              \
    "ldr      r3, [r11, #48]\n\t"               \
    ECGP_DENSE_MOVE_THIRD("3", "1")             \
    "vldrw.u32 q4, [r11, #108]\n\t"             \
    "vmax.s32 q5, q5, q2\n\t"                   \
    "vldrw.u32 q2, [r11, #124]\n\t"             \
    "vmax.s32 q6, q6, q4\n\t"                   \
    "ldr      r5, [r11, #40]\n\t"               \
    "vmax.s32 q7, q7, q2\n\t"

#define ECGP_DENSE_ADD(r)                       \
    "add      r0, r0, " r "\n\t"                \
    "add      r2, r2, " r "\n\t"                \
    "add      r4, r4, " r "\n\t"

/* The outputs of four channels, from their sums; q3: biases, q0: multipliers, q1: powers of two; r3: zero point, r5: the
   end of the stream. Ties: -1 where a value is negative makes what rounds half up round half away from zero. */
#define ECGP_DENSE_AWAY(q)                      \
    "vshr.s32 q3, " q ", #31\n\t"               \
    "vadd.i32 " q ", " q ", q3\n\t"
#define ECGP_DENSE_OUTPUTS(away5, away6, away7)  \
    "ldrd     r0, r2, [r11, #24]\n\t"           \
    "vadd.i32 q5, q5, q3\n\t"                   \
    "vldrw.u32 q2, [r11, #60]\n\t"              \
    "vqrdmulh.s32 q5, q5, q0\n\t"               \
    "vadd.i32 q6, q6, q3\n\t"                   \
    "ldr      r4, [r11, #32]\n\t"               \
    "vqrdmulh.s32 q6, q6, q0\n\t"               \
    "vadd.i32 q7, q7, q3\n\t" away5             \
    "vqrdmulh.s32 q5, q5, q1\n\t"               \
    "vldrw.u32 q4, [r11, #76]\n\t"              \
    "vqrdmulh.s32 q7, q7, q0\n\t" away6         \
    "vadd.i32 q5, q5, r3\n\t"                   \
    "vqrdmulh.s32 q6, q6, q1\n\t"               \
    "vmax.s32 q5, q5, q2\n\t" away7             \
    "vqrdmulh.s32 q7, q7, q1\n\t"               \
    "vmin.s32 q5, q5, q4\n\t"                   \
    "cmp      r7, r5\n\t"                       \
    "vadd.i32 q6, q6, r3\n\t"                   \
    "vstrb.32 q5, [r0], #4\n\t"                 \
    "vmax.s32 q6, q6, q2\n\t"                   \
    "vadd.i32 q7, q7, r3\n\t"                   \
    "vmin.s32 q6, q6, q4\n\t"                   \
    "vmax.s32 q7, q7, q2\n\t"                   \
    "vstrb.32 q6, [r2], #4\n\t"                 \
    "vmin.s32 q7, q7, q4\n\t"                   \
    "strd     r0, r2, [r11, #24]\n\t"           \
    "vstrb.32 q7, [r4], #4\n\t"                 \
    "str      r4, [r11, #32]\n\t"               \
    "bne      1b\n\t"

#endif /* ECGP_HELIUM_DENSE_PARTS_H */
