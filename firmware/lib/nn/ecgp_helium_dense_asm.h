/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_helium_dense_asm.h
 * @brief Assembly of ecgp_helium_dense.h, where ECGP_HELIUM is 1.
 *
 * r0, r2, ... r10: the sums of a pair of channels; r1, r3, r5: inputs; r7: the stream; r11: the tile, from x[1] on;
 * r12: the three fields that are read; lr: chunks left. q0 to q2: inputs, q3 and q4: weights, q5 to q7: four channels of
 * a position each. Loads stand between multiplications, as the core begins an instruction a cycle, and each takes two.
 */
#ifndef ECGP_HELIUM_DENSE_ASM_H
#define ECGP_HELIUM_DENSE_ASM_H

ECGP_STATIC_ASSERT(ECGP_DENSE_POSITIONS == 3 && ECGP_DENSE_TAPS == 16, "the loop below is written for these");
ECGP_STATIC_ASSERT(offsetof(ecgp_dense_tile, output) == 12 + 24 && offsetof(ecgp_dense_tile, stream) == 12 + 36 &&
                       offsetof(ecgp_dense_tile, end) == 12 + 40 && offsetof(ecgp_dense_tile, middle) == 12 + 44 &&
                       offsetof(ecgp_dense_tile, zero_point) == 12 + 48 && offsetof(ecgp_dense_tile, away) == 12 + 52 &&
                       offsetof(ecgp_dense_tile, first) == 12 + 56 && offsetof(ecgp_dense_tile, min) == 12 + 60 &&
                       offsetof(ecgp_dense_tile, max) == 12 + 76 && offsetof(ecgp_dense_tile, larger) == 12 + 92 &&
                       offsetof(ecgp_dense_tile, saved) == 12 + 140,
                   "the offsets below");

/** Sets `count` bytes, 0 and more. */
static inline void ecgp_helium_fill(int8_t *to, int32_t value, int32_t count)
{
    __asm__ volatile("vdup.8   q0, %[value]\n\t"
                     "wlstp.8  lr, %[count], 2f\n"
                     "1:\n\t"
                     "vstrb.8  q0, [%[to]], #16\n\t"
                     "letp     lr, 1b\n"
                     "2:"
                     : [to] "+r"(to)
                     : [count] "r"(count), [value] "r"(value)
                     : "q0", "lr", "memory");
}

/** Copies `rows` rows of `count` bytes, both 1 and more; rows lie `pitch` bytes apart, their copies `step`. */
static inline void ecgp_helium_copy_rows(int8_t *to, int32_t step, const int8_t *from, int32_t pitch, int32_t count,
                                         int32_t rows)
{
    const int8_t *x;
    int8_t *y;

    if (count <= 16) { /* a vector a row: DLSTP makes loads and stores end with it, LCTP ends that */
        __asm__ volatile("dlstp.8  lr, %[count]\n"
                         "1:\n\t"
                         "vldrb.u8 q0, [%[from]]\n\t"
                         "subs     %[rows], %[rows], #1\n\t"
                         "add      %[from], %[from], %[pitch]\n\t"
                         "vstrb.8  q0, [%[to]]\n\t"
                         "add      %[to], %[to], %[step]\n\t"
                         "bne      1b\n\t"
                         "lctp"
                         : [to] "+r"(to), [from] "+r"(from), [rows] "+r"(rows)
                         : [step] "r"(step), [pitch] "r"(pitch), [count] "r"(count)
                         : "q0", "lr", "cc", "memory");
        return;
    }
    __asm__ volatile("1:\n\t"
                     "mov      %[x], %[from]\n\t"
                     "mov      %[y], %[to]\n\t"
                     "add      %[from], %[from], %[pitch]\n\t"
                     "add      %[to], %[to], %[step]\n\t"
                     "dlstp.8  lr, %[count]\n"
                     "2:\n\t"
                     "vldrb.u8 q0, [%[x]], #16\n\t"
                     "vstrb.8  q0, [%[y]], #16\n\t"
                     "letp     lr, 2b\n\t"
                     "subs     %[rows], %[rows], #1\n\t"
                     "bne      1b"
                     : [to] "+r"(to), [from] "+r"(from), [rows] "+r"(rows), [x] "=&r"(x), [y] "=&r"(y)
                     : [step] "r"(step), [pitch] "r"(pitch), [count] "r"(count)
                     : "q0", "lr", "cc", "memory");
}

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
#define ECGP_DENSE_FIELDS "ldm r12, {r1, r3, r5}\n\tldr lr, [r11, #44]\n\t"
/* What ECGP_DENSE_OUTPUTS takes; r1: whether ties are rounded away from zero. */
#define ECGP_DENSE_FACTORS                                                                     \
    "vldrw.u32 q3, [r7], #16\n\tldr r1, [r11, #52]\n\t", "vldrw.u32 q0, [r7], #16\n\t",       \
        "vldrw.u32 q1, [r7], #16\n\tldr r3, [r11, #48]\n\t", "ldr r5, [r11, #40]\n\t"

#define ECGP_DENSE_MOVE(a, b)                   \
    "vmov     q5[" a "], q5[" b "], r0, r6\n\t" \
    "vmov     q6[" a "], q6[" b "], r2, r8\n\t" \
    "vmov     q7[" a "], q7[" b "], r4, r10\n\t"

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

/** See the C of ecgp_dense_groups(). */
static inline void ecgp_dense_groups(ecgp_dense_tile *t)
{
    register const int8_t **r0 __asm__("r0") = t->x[1];

    __asm__ volatile("strd     r7, r11, [r0, #140]\n\t"
                     "mov      r11, r0\n\t"
                     "ldr      r7, [r11, #36]\n\t"
                     "ldr      r12, [r11, #56]\n"
                     "1:\n\t"
                     ECGP_DENSE_FIELDS
                     ECGP_DENSE_W
                     "cmp      lr, #0\n\t"
                     "blt      4f\n\t"
                     ECGP_DENSE_X0
                     "vmladav.s8 r0, q0, q3\n\t"
                     ECGP_DENSE_X1
                     "vmladav.s8 r2, q1, q3\n\t"
                     ECGP_DENSE_X2
                     "vmladav.s8 r4, q2, q3\n\t"
                     "vldrb.u8 q4, [r7], #16\n\t"
                     "vmladav.s8 r6, q0, q4\n\t"
                     ECGP_DENSE_W
                     "vmladav.s8 r8, q1, q4\n\t"
                     ECGP_DENSE_X0
                     "vmladav.s8 r10, q2, q4\n\t"
                     ECGP_DENSE_X1
                     ECGP_DENSE_X2
                     ECGP_DENSE_MIDDLE
                     ECGP_DENSE_FIELDS
                     ECGP_DENSE_EXPANDED("a", ECGP_DENSE_NEXT)
                     ECGP_DENSE_MOVE("2", "0")
                     ECGP_DENSE_EXPANDED("", ECGP_DENSE_NEXT)
                     ECGP_DENSE_MIDDLE
                     ECGP_DENSE_EXPANDED("a", ECGP_DENSE_FACTORS)
                     "b        5f\n"
                     "4:\n\t" /* a single chunk */
                     ECGP_DENSE_X0
                     "vmladav.s8 r0, q0, q3\n\t"
                     ECGP_DENSE_X1
                     "vmladav.s8 r2, q1, q3\n\t"
                     ECGP_DENSE_X2
                     "vmladav.s8 r4, q2, q3\n\t"
                     "vldrb.u8 q4, [r7], #16\n\t"
                     "vmladav.s8 r6, q0, q4\n\t"
                     ECGP_DENSE_W
                     "vmladav.s8 r8, q1, q4\n\t"
                     "vmladav.s8 r10, q2, q4\n\t"
                     ECGP_DENSE_MOVE("2", "0")
                     ECGP_DENSE_EXPANDED("", ECGP_DENSE_FACTORS)
                     "\n5:\n\t"
                     ECGP_DENSE_MOVE("3", "1")
                     "cmp      r12, r11\n\t"
                     "bls      8f\n"
                     "6:\n\t"
                     "cmp      r1, #0\n\t"
                     "bne      7f\n\t"
                     ECGP_DENSE_OUTPUTS("", "", "")
                     "b        9f\n"
                     "7:\n\t"
                     ECGP_DENSE_OUTPUTS(ECGP_DENSE_AWAY("q5"), ECGP_DENSE_AWAY("q6"), ECGP_DENSE_AWAY("q7"))
                     "b        9f\n"
                     "8:\n\t" /* the larger of two */
                     "beq      8f\n\t"
                     "vstrw.32 q5, [r11, #92]\n\t"
                     "ldr      r7, [r11, #36]\n\t"
                     "vstrw.32 q6, [r11, #108]\n\t"
                     "mov      r12, r11\n\t"
                     "vstrw.32 q7, [r11, #124]\n\t"
                     "b        1b\n"
                     "8:\n\t"
                     "vldrw.u32 q2, [r11, #92]\n\t"
                     "str      r7, [r11, #36]\n\t"
                     "vmax.s32 q5, q5, q2\n\t"
                     "vldrw.u32 q2, [r11, #108]\n\t"
                     "vmax.s32 q6, q6, q2\n\t"
                     "vldrw.u32 q2, [r11, #124]\n\t"
                     "sub      r12, r11, #12\n\t"
                     "vmax.s32 q7, q7, q2\n\t"
                     "b        6b\n"
                     "9:\n\t"
                     "ldrd     r7, r11, [r11, #140]"
                     : "+r"(r0)
                     :
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r10",
                       "r12", "lr", "cc", "memory");
}

#endif /* ECGP_HELIUM_DENSE_ASM_H */
