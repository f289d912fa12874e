/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_smlal_pack_asm.h
 * @brief Assembly of ecgp_smlal_pack.h for Thumb-2, where ECGP_ASSEMBLY is 1: four words a turn, stored by one STM.
 */
#ifndef ECGP_SMLAL_PACK_ASM_H
#define ECGP_SMLAL_PACK_ASM_H

ECGP_STATIC_ASSERT(offsetof(ecgp_smlal_line, channels) == 0 && offsetof(ecgp_smlal_line, width) == 4 &&
                       offsetof(ecgp_smlal_line, column) == 8 && offsetof(ecgp_smlal_line, stride) == 12 &&
                       offsetof(ecgp_smlal_line, apart) == 16 && offsetof(ecgp_smlal_line, first) == 20 &&
                       offsetof(ecgp_smlal_line, end) == 24,
                   "the order that the code below loads in");

/**
 * See the C of ecgp_smlal_pack_inside(). r0: a, r1: b, r2: where the words end, lr: the next one, r6: bytes from a position's
 * input to the next one's, r7: three times as many. One word and two come before the turns of four.
 */
static ECGP_NAKED void ecgp_smlal_pack_inside(const ecgp_smlal_line *l ECGP_UNUSED, const int8_t *input ECGP_UNUSED,
                                              int32_t *words ECGP_UNUSED)
{
    __asm__("push  {r4, r5, r6, r7, r8, r10, r12, lr}\n\t"
            "ldm   r0, {r3, r4, r5, r6, r7, r8, r10}\n\t"
            "mla   r5, r8, r6, r5\n\t"
            "mul   r6, r6, r3\n\t"
            "mla   r0, r5, r3, r1\n\t"
            "add   lr, r2, r8, lsl #2\n\t"
            "mla   r1, r7, r3, r0\n\t"
            "add   r2, r2, r10, lsl #2\n\t"
            "sub   r3, r10, r8\n\t"
            "lsls  r3, r3, #31\n\t"
            "bpl   1f\n\t"
            "ldrsb r3, [r0]\n\t"
            "ldrsb r4, [r1]\n\t"
            "add   r0, r0, r6\n\t"
            "add   r1, r1, r6\n\t"
            "add   r3, r3, r4, lsl #23\n\t"
            "str   r3, [lr], #4\n"
            "1:\n\t"
            "bcc   2f\n\t"
            "ldrsb r3, [r0]\n\t"
            "ldrsb r4, [r0, r6]\n\t"
            "ldrsb r5, [r1]\n\t"
            "ldrsb r8, [r1, r6]\n\t"
            "add   r0, r0, r6, lsl #1\n\t"
            "add   r1, r1, r6, lsl #1\n\t"
            "add   r3, r3, r5, lsl #23\n\t"
            "add   r4, r4, r8, lsl #23\n\t"
            "stm   lr!, {r3, r4}\n"
            "2:\n\t"
            "add   r7, r6, r6, lsl #1\n\t"
            "cmp   lr, r2\n\t"
            "beq   4f\n"
            "3:\n\t"
            "ldrsb r3, [r0]\n\t"
            "ldrsb r4, [r0, r6]\n\t"
            "ldrsb r5, [r0, r6, lsl #1]\n\t"
            "ldrsb r8, [r0, r7]\n\t"
            "ldrsb r10, [r1]\n\t"
            "ldrsb r12, [r1, r6]\n\t"
            "add   r0, r0, r6, lsl #2\n\t"
            "add   r3, r3, r10, lsl #23\n\t"
            "add   r4, r4, r12, lsl #23\n\t"
            "ldrsb r10, [r1, r6, lsl #1]\n\t"
            "ldrsb r12, [r1, r7]\n\t"
            "add   r1, r1, r6, lsl #2\n\t"
            "add   r5, r5, r10, lsl #23\n\t"
            "add   r8, r8, r12, lsl #23\n\t"
            "stm   lr!, {r3, r4, r5, r8}\n\t"
            "cmp   lr, r2\n\t"
            "bne   3b\n"
            "4:\n\t"
            "pop   {r4, r5, r6, r7, r8, r10, r12, pc}");
}

#endif /* ECGP_SMLAL_PACK_ASM_H */
