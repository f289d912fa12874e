/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_bitmap_asm.h
 * @brief Assembly of ecgp_fully_connected_bitmap.c for cores with DSP, where ECGP_ASSEMBLY is 1; loads unaligned words.
 */
#ifndef ECGP_BITMAP_ASM_H
#define ECGP_BITMAP_ASM_H

ECGP_STATIC_ASSERT(offsetof(rows, bits) == 0 && offsetof(rows, end) == 4 && offsetof(rows, weights) == 8,
                   "the order that the code below loads and stores in");

/*
 * r0: sum, r1: bits, r2: inputs, lr: weights, r3: the byte of bits, r7 and r12: free, r10 and r11: addresses of the
 * cases of the lower and of the upper four bits. Labels 100 to 115 are the cases of inputs 0 to 3, in r4 (0, 2) and r5
 * (1, 3); 200 to 215 of 4 to 7, in r6 and r8.
 */
#define ECGP_BITMAP_LOWER(bits, code)                \
    "1" #bits ":\n\t"                                \
    "ldm    r2!, {r4, r5, r6, r8}\n\t"               \
    code                                             \
    "lsrs   r3, r3, #4\n\t"                          \
    "ldr    pc, [r11, r3, lsl #2]\n"
#define ECGP_BITMAP_NEXT                             \
    "ldrb   r3, [r1], #1\n\t"                        \
    "and    r7, r3, #15\n\t"                         \
    "ldr    pc, [r10, r7, lsl #2]\n"
#define ECGP_BITMAP_UPPER(bits, code) "2" #bits ":\n\t" code ECGP_BITMAP_NEXT

#define ECGP_BITMAP_ONE(half, inputs)                \
    "ldrsb  r7, [lr], #1\n\t"                        \
    "smlab" half " r0, r7, " inputs ", r0\n\t"
#define ECGP_BITMAP_THREE(pair, half, inputs)        \
    "ldr    r7, [lr], #3\n\t"                        \
    "sxtb16 r12, r7\n\t"                             \
    "sxtb16 r7, r7, ror #8\n\t"                      \
    "smlad  r0, r12, " pair ", r0\n\t"               \
    "smlab" half " r0, r7, " inputs ", r0\n\t"
#define ECGP_BITMAP_FOUR(even, odd)                  \
    "ldr    r7, [lr], #4\n\t"                        \
    "sxtb16 r12, r7\n\t"                             \
    "sxtb16 r7, r7, ror #8\n\t"                      \
    "smlad  r0, r12, " even ", r0\n\t"               \
    "smlad  r0, r7, " odd ", r0\n\t"

/* The 15 cases that do not look for the end; `even` holds inputs 0 and 2, `odd` 1 and 3. */
#define ECGP_BITMAP_CASES(CASE, even, odd)                       \
    CASE(00, "")                                                 \
    CASE(01, ECGP_BITMAP_ONE("b", even))                         \
    CASE(02, ECGP_BITMAP_ONE("b", odd))                          \
    CASE(03, ECGP_BITMAP_ONE("b", even) ECGP_BITMAP_ONE("b", odd)) \
    CASE(04, ECGP_BITMAP_ONE("t", even))                         \
    CASE(05, ECGP_BITMAP_ONE("b", even) ECGP_BITMAP_ONE("t", even)) \
    CASE(06, ECGP_BITMAP_ONE("b", odd) ECGP_BITMAP_ONE("t", even)) \
    CASE(07, ECGP_BITMAP_THREE(even, "b", odd))                  \
    CASE(08, ECGP_BITMAP_ONE("t", odd))                          \
    CASE(09, ECGP_BITMAP_ONE("b", even) ECGP_BITMAP_ONE("t", odd)) \
    CASE(10, ECGP_BITMAP_ONE("b", odd) ECGP_BITMAP_ONE("t", odd)) \
    CASE(11, ECGP_BITMAP_THREE(odd, "b", even))                  \
    CASE(12, ECGP_BITMAP_ONE("t", even) ECGP_BITMAP_ONE("t", odd)) \
    CASE(13, ECGP_BITMAP_THREE(even, "t", odd))                  \
    CASE(14, ECGP_BITMAP_THREE(odd, "t", even))

#define ECGP_BITMAP_ADDRESSES(n)                                                                          \
    ".word " n "00b + 1, " n "01b + 1, " n "02b + 1, " n "03b + 1, " n "04b + 1, " n "05b + 1\n\t"       \
    ".word " n "06b + 1, " n "07b + 1, " n "08b + 1, " n "09b + 1, " n "10b + 1, " n "11b + 1\n\t"       \
    ".word " n "12b + 1, " n "13b + 1, " n "14b + 1, " n "15b + 1\n\t"

/** See the C of multiply(). The stack holds r, sums, last and x, then r->end; sums move on. */
static ECGP_NAKED void ecgp_bitmap_rows(rows *r ECGP_UNUSED, int32_t *sums ECGP_UNUSED, const int32_t *last ECGP_UNUSED,
                                        const int16_t *x ECGP_UNUSED)
{
    __asm__("push   {r0, r1, r2, r3, r4, r5, r6, r7, r8, r10, r11, lr}\n\t"
            "ldm    r0, {r1, r7, lr}\n\t"
            "adr.w  r10, 1f\n\t"
            "str    r7, [sp, #-8]!\n\t"
            "add    r11, r10, #64\n"
            "0:\n\t"
            "movs   r0, #0\n\t"
            "ldr    r2, [sp, #20]\n\t"
            ECGP_BITMAP_NEXT
            ECGP_BITMAP_CASES(ECGP_BITMAP_LOWER, "r4", "r5")
            ECGP_BITMAP_CASES(ECGP_BITMAP_UPPER, "r6", "r8")
            "115:\n\t"
            "ldr    r7, [sp]\n\t"
            "cmp    r2, r7\n\t"
            "beq    2f\n\t"
            "ldm    r2!, {r4, r5, r6, r8}\n\t"
            ECGP_BITMAP_FOUR("r4", "r5")
            "lsrs   r3, r3, #4\n\t"
            "ldr    pc, [r11, r3, lsl #2]\n"
            ECGP_BITMAP_UPPER(15, ECGP_BITMAP_FOUR("r6", "r8"))
            "\t.balign 4\n"
            "1:\n\t"
            ECGP_BITMAP_ADDRESSES("1")
            ECGP_BITMAP_ADDRESSES("2")
            "2:\n\t"
            "ldrd   r4, r5, [sp, #12]\n\t"
            "str    r0, [r4], #4\n\t"
            "cmp    r4, r5\n\t"
            "str    r4, [sp, #12]\n\t"
            "bne    0b\n\t"
            "ldr    r0, [sp, #8]\n\t"
            "str    r1, [r0]\n\t"
            "str    lr, [r0, #8]\n\t"
            "add    sp, sp, #24\n\t"
            "pop    {r4, r5, r6, r7, r8, r10, r11, pc}");
}

#endif /* ECGP_BITMAP_ASM_H */
