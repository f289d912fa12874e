/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Second boot stage of the RP2040: the boot ROM copies these 256 bytes to RAM, checks the CRC and jumps to their start
 * (RP2040 datasheet, flash second stage). They let the flash be read in place by the serial command 03h, which every flash
 * chip has, and start the image behind them. Registers: datasheet, SSI.
 *
 * The last word is the CRC-32 of the 252 bytes before it: polynomial 0x04C11DB7, initial value 0xFFFFFFFF, nothing
 * reflected, nothing inverted at the end. ecgprune/board/layout.py checks it in every image.
 */
#define SSI_CTRLR0 0x00
#define SSI_CTRLR1 0x04
#define SSI_SSIENR 0x08
#define SSI_BAUDR 0x14
#define CLOCK_DIVIDER 4          /* even; 33 MHz at the highest clock of the part, where 03h may take 50 */
#define CTRLR0_READ 0x001F0300   /* SPI, one bit wide; frames of 32 bits; send command and address, then receive */
#define SPI_CTRLR0_03H 0x03000218 /* command 03h of 8 bits, address of 24 bits */

    .syntax unified
    .thumb
    .section .boot2, "ax", %progbits
    .align 2
    .global ecgp_boot2
    .type ecgp_boot2, %object
ecgp_boot2:
    ldr r3, ssi
    movs r0, #0
    str r0, [r3, #SSI_SSIENR]   /* off, to be set up */
    movs r1, #CLOCK_DIVIDER
    str r1, [r3, #SSI_BAUDR]
    ldr r1, ctrlr0
    str r1, [r3, #SSI_CTRLR0]
    ldr r1, spi_ctrlr0
    ldr r2, spi_ctrlr0_at
    str r1, [r2]
    str r0, [r3, #SSI_CTRLR1]   /* one frame each time */
    movs r1, #1
    str r1, [r3, #SSI_SSIENR]
    ldr r0, image
    ldr r1, vtor
    str r0, [r1]
    ldr r1, [r0]
    ldr r2, [r0, #4]
    msr msp, r1
    bx r2
    .align 2
ssi:
    .word 0x18000000
ctrlr0:
    .word CTRLR0_READ
spi_ctrlr0:
    .word SPI_CTRLR0_03H
spi_ctrlr0_at:
    .word 0x180000F4
image:
    .word 0x10000100
vtor:
    .word 0xE000ED08
    .space 252 - (. - ecgp_boot2), 0
    .word 0x29A6A529            /* the CRC */
    .size ecgp_boot2, . - ecgp_boot2
