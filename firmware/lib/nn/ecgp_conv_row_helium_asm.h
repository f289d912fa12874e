/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_conv_row_helium_asm.h
 * @brief Assembly of ecgp_conv_row_helium.c, where ECGP_HELIUM is 1, and what brings its outputs into their order.
 *
 * r0, r7: even and odd columns; r1: stream; r2: where outputs go; r3: zero point; lr: channels. Weights 0 and 1 are r4 and r5,
 * both halves of 2 r6 and r8, 3 and 4 r10 and r12, which hold the factor of the channel before at first; r9, r11: P and N.
 * q4: P, q5: N, q6: P of second columns; q0 to q3: inputs. A channel is finished in q6 and q7 while the next one's sums
 * begin: the first turn finishes what is none, and stores it before the outputs. Then r2 moves on to the channel that was
 * begun, by the upper half of r9, which VDUP leaves out. A product with the factor is no larger than the sum, so it fits 16
 * bits as well, and what two bits and more to the right are left of it a sign beside.
 */
#ifndef ECGP_CONV_ROW_HELIUM_ASM_H
#define ECGP_CONV_ROW_HELIUM_ASM_H

/* Registers, and what the first turn finds loaded. */
#define ROW_BEGIN                                             \
    "push         {r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n\t" \
    "ldrd         r0, r7, [r0]\n\t"                           \
    "ldr          lr, [sp, #40]\n\t"                          \
    "ldrd         r9, r11, [r1], #8\n\t"                      \
    "ldrd         r4, r5, [r1], #8\n\t"                       \
    "ldrd         r6, r8, [r1], #8\n\t"                       \
    "vpush        {d8, d9, d10, d11, d12, d13, d14, d15}\n\t" \
    "subs         r2, #8\n\t"

/* From P - N to outputs, of the last channel. */
#define ROW_END                                               \
    "vmovlb.u16   q7, q6\n\t"                                 \
    "vmovlt.u16   q6, q6\n\t"                                 \
    "vqrdmulh.s32 q7, q7, r10\n\t"                            \
    "vqrdmulh.s32 q6, q6, r10\n\t"                            \
    "vmovnt.i32   q7, q6\n\t"                                 \
    "vpop         {d8, d9, d10, d11}\n\t"                     \
    "vrshl.u16    q7, r12\n\t"                                \
    "vqadd.s16    q7, q7, r3\n\t"                             \
    "vqmovnb.s16  q7, q7\n\t"                                 \
    "vstrb.16     q7, [r2]\n\t"                               \
    "vpop         {d12, d13, d14, d15}\n\t"                   \
    "pop          {r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}"

/**
 * The larger of columns 0 and 1, 2 and 3, ...: eight of each channel, where the stream says in `values`; eight bytes before are
 * written as well. The stream is read six words beyond. 37 instructions take 38 cycles; multiplications alone would take 28.
 */
static ECGP_NAKED void ecgp_row_pooled(const columns *c ECGP_UNUSED, const int32_t *stream ECGP_UNUSED,
                                       int8_t *values ECGP_UNUSED, int32_t zero_point ECGP_UNUSED,
                                       int32_t count ECGP_UNUSED)
{
    __asm__(ROW_BEGIN
            "vldrb.s16    q1, [r7]\n\t"
            "vldrb.s16    q2, [r0, #1]\n\t"
            "vldrb.s16    q3, [r7, #1]\n\t"
            "wls          lr, lr, 2f\n"
            "1:\n\t"
            "vmovlb.u16   q7, q6\n\t"
            "vldrb.s16    q0, [r0]\n\t"
            "vqrdmulh.s32 q7, q7, r10\n\t"
            "vmovlt.u16   q6, q6\n\t"
            "vqrdmulh.s32 q6, q6, r10\n\t"
            "vdup.16      q4, r9\n\t"
            "vmla.s16     q4, q0, r4\n\t"
            "vmovnt.i32   q7, q6\n\t"
            "vmla.s16     q4, q1, r5\n\t"
            "vldrb.s16    q0, [r0, #2]\n\t"
            "vdup.16      q6, r9\n\t"
            "vmla.s16     q4, q2, r6\n\t"
            "vrshl.u16    q7, r12\n\t"
            "vmla.s16     q6, q1, r4\n\t"
            "ldrd         r10, r12, [r1], #8\n\t"
            "vdup.16      q5, r11\n\t"
            "vmla.s16     q5, q2, r8\n\t"
            "vqadd.s16    q7, q7, r3\n\t"
            "vmla.s16     q5, q3, r10\n\t"
            "vqmovnb.s16  q7, q7\n\t"
            "vmla.s16     q5, q0, r12\n\t"
            "vqsub.u16    q4, q4, q5\n\t"
            "vmla.s16     q6, q2, r5\n\t"
            "vdup.16      q5, r11\n\t"
            "vmla.s16     q5, q3, r8\n\t"
            "vstrb.16     q7, [r2]\n\t"
            "vmla.s16     q5, q0, r10\n\t"
            "vldrb.s16    q0, [r7, #2]\n\t"
            "add          r2, r2, r9, lsr #16\n\t"
            "vmla.s16     q5, q0, r12\n\t"
            "ldrd         r10, r12, [r1], #8\n\t"
            "vmla.s16     q6, q3, r6\n\t"
            "ldrd         r9, r11, [r1], #8\n\t"
            "vqsub.u16    q6, q6, q5\n\t"
            "ldrd         r4, r5, [r1], #8\n\t"
            "vmax.u16     q6, q6, q4\n\t"
            "ldrd         r6, r8, [r1], #8\n\t"
            "le           lr, 1b\n"
            "2:\n\t"
            ROW_END);
}

/** The same of columns 0 to 7, from `even` on. 27 cycles. */
static ECGP_NAKED void ecgp_row_plain(const columns *c ECGP_UNUSED, const int32_t *stream ECGP_UNUSED,
                                      int8_t *values ECGP_UNUSED, int32_t zero_point ECGP_UNUSED,
                                      int32_t count ECGP_UNUSED)
{
    __asm__(ROW_BEGIN
            "vldrb.s16    q0, [r0]\n\t"
            "vldrb.s16    q1, [r0, #1]\n\t"
            "vldrb.s16    q2, [r0, #2]\n\t"
            "vldrb.s16    q3, [r0, #3]\n\t"
            "wls          lr, lr, 2f\n"
            "1:\n\t"
            "vdup.16      q4, r9\n\t"
            "vmla.s16     q4, q1, r5\n\t"
            "vmovlb.u16   q7, q6\n\t"
            "vqrdmulh.s32 q7, q7, r10\n\t"
            "vmovlt.u16   q6, q6\n\t"
            "vqrdmulh.s32 q6, q6, r10\n\t"
            "vmovnt.i32   q7, q6\n\t"
            "vmla.s16     q4, q2, r6\n\t"
            "vdup.16      q5, r11\n\t"
            "vmla.s16     q5, q2, r8\n\t"
            "vrshl.u16    q7, r12\n\t"
            "vmla.s16     q4, q0, r4\n\t"
            "vqadd.s16    q7, q7, r3\n\t"
            "ldrd         r10, r12, [r1], #8\n\t"
            "vldrb.s16    q0, [r0, #4]\n\t"
            "vmla.s16     q5, q3, r10\n\t"
            "vqmovnb.s16  q7, q7\n\t"
            "vmla.s16     q5, q0, r12\n\t"
            "ldrd         r10, r12, [r1], #8\n\t"
            "vstrb.16     q7, [r2]\n\t"
            "add          r2, r2, r9, lsr #16\n\t"
            "ldrd         r9, r11, [r1], #8\n\t"
            "vqsub.u16    q6, q4, q5\n\t"
            "ldrd         r4, r5, [r1], #8\n\t"
            "vldrb.s16    q0, [r0]\n\t"
            "ldrd         r6, r8, [r1], #8\n\t"
            "le           lr, 1b\n"
            "2:\n\t"
            ROW_END);
}

/** Two outputs of eight channels, and of up to eight; where the next two go. */
static inline uint8_t *store_two(uint8_t *to, int32_t outputs, uint16x8_t two)
{
    vstrbq_u16(to, two);
    to += outputs;
    vstrbq_u16(to, vshrq_n_u16(two, 8));
    return to + outputs;
}

static inline uint8_t *store_some(uint8_t *to, int32_t outputs, uint16x8_t two, mve_pred16_t some)
{
    vstrbq_p_u16(to, two, some);
    to += outputs;
    vstrbq_p_u16(to, vshrq_n_u16(two, 8), some);
    return to + outputs;
}

/** Eight outputs of all channels, from [outputs][8] bytes to rows. */
static void store(const int8_t *values, int32_t outputs, int8_t *output)
{
    uint8_t *to = (uint8_t *)output;

    if (outputs < 8) {
        const uint16x8x4_t each = vld4q_u16((const uint16_t *)(const void *)values);
        const mve_pred16_t some = vctp16q((uint32_t)outputs);

        to = store_some(to, outputs, each.val[0], some);
        to = store_some(to, outputs, each.val[1], some);
        to = store_some(to, outputs, each.val[2], some);
        store_some(to, outputs, each.val[3], some);
        return;
    }
    for (int32_t i = 0; i < outputs; i += 8) {
        const int32_t first = i < outputs - 8 ? i : outputs - 8;
        const uint16x8x4_t each = vld4q_u16((const uint16_t *)(const void *)(values + 8 * first));

        uint8_t *at = store_two(to + first, outputs, each.val[0]);
        at = store_two(at, outputs, each.val[1]);
        at = store_two(at, outputs, each.val[2]);
        store_two(at, outputs, each.val[3]);
    }
}

#endif /* ECGP_CONV_ROW_HELIUM_ASM_H */
