/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IMAGE_DEF of the RP2350: without it in the first 4 KB of the flash the boot ROM does not start an image. A block with one
 * item, alone in its loop: an executable for the Arm cores of an RP2350, Secure (RP2350 datasheet, minimum Arm IMAGE_DEF).
 * The vector table is at the start of the flash, where the boot ROM takes it without being told.
 */
    .section .boot_block, "a", %progbits
    .align 2
    .global ecgp_image_def
    .type ecgp_image_def, %object
ecgp_image_def:
    .word 0xFFFFDED3            /* start of a block */
    .word 0x10210142            /* IMAGE_TYPE, 1 word: EXE, Secure, Arm, RP2350 */
    .word 0x000001FF            /* last item: 1 word before it */
    .word 0                     /* the next block is this one */
    .word 0xAB123579            /* end of a block */
    .size ecgp_image_def, . - ecgp_image_def
