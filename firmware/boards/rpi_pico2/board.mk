# Raspberry Pi Pico 2, RP2350: two Cortex-M33 with FPU and DSP, of which core 0 runs the program, in Secure state; flash is a
# chip outside, read in place. Sources: RP2350 datasheet, headers of src/rp2350/hardware_regs of the Pico SDK, Pico 2 datasheet
ECGP_DESCRIPTION  := Raspberry Pi Pico 2
ECGP_CORE         := Cortex-M33
ECGP_CPU          := -mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16
# NUM_IRQS of platform_defs.h
ECGP_INTERRUPTS   := 52
# The highest clock of the data sheet's front page, by PLL_SYS from the crystal: 12 MHz * 125 / 5 / 2
ECGP_CLOCK_HZ     := 150000000
ECGP_CLOCK_MAX_HZ := 150000000
# A block in the first 4 KB of the image says what it is (datasheet, minimum Arm IMAGE_DEF); the boot ROM sets the flash up itself
ECGP_BOOT         := rp2350
# XOSC on, wait until it is stable; CLK_REF = XOSC and CLK_SYS = CLK_REF, each with a wait until it is selected; QMI_M0_TIMING:
# CLKDIV = 4, RXDELAY = 2, so that the flash is read with 37.5 MHz, whatever command the boot ROM chose; PLL_SYS out of reset,
# wait for RESET_DONE; CS.REFDIV = 1, FBDIV_INT = 125, PWR.PD and VCOPD off, wait for CS.LOCK, PRIM = 5 and 2, PWR.POSTDIVPD
# off; CLK_SYS = PLL_SYS, wait until it is selected
ECGP_SETUP        := {0x40048000, 0xFFFFFF, 0xFABAA0}, {0x40048004, 0, 0, 0x80000000}, {0x40010030, 0x3, 0x2}, {0x40010038, 0, 0, 0x4}, {0x4001003C, 0x1, 0}, {0x40010044, 0, 0, 0x1}, {0x400D000C, 0x7FF, 0x204}, {0x40020000, 0x4000, 0}, {0x40020008, 0, 0, 0x4000}, {0x40050000, 0x3F, 0x1}, {0x40050008, 0xFFF, 0x7D}, {0x40050004, 0x21, 0}, {0x40050000, 0, 0, 0x80000000}, {0x4005000C, 0x77000, 0x52000}, {0x40050004, 0x8, 0}, {0x4001003C, 0xE0, 0}, {0x4001003C, 0, 0x1}, {0x40010044, 0, 0, 0x2}
ECGP_PYOCD        := rp2350
# RP2350_ARM_S_FAMILY_ID of boot/uf2.h: hold BOOTSEL while plugging in, and copy firmware.uf2 to the drive RP2350
ECGP_UF2_FAMILY   := 0xE48BFF59
ECGP_FLASHER      := openocd -f interface/cmsis-dap.cfg -f target/rp2350.cfg -c "adapter speed 5000" -c "program IMAGE.elf verify reset exit"
# UART0 on GP0 and GP1: the USB connector is the part's own USB, so this takes a debug probe or an adapter
ECGP_UART          := pl011
ECGP_UART_BASE     := 0x40070000
ECGP_UART_IRQ      := 33
ECGP_UART_CLOCK_HZ := 12000000
# CLK_PERI = XOSC; UART0, PADS_BANK0 and IO_BANK0 out of reset, wait for RESET_DONE; function 2 of GPIO0 and GPIO1; then
# their pads: isolation off, input of GPIO1 on
ECGP_UART_SETUP    := {0x40010048, 0xE0, 0x880}, {0x40020000, 0x4000240, 0}, {0x40020008, 0, 0, 0x4000240}, {0x40028004, 0x1F, 0x2}, {0x4002800C, 0x1F, 0x2}, {0x40038004, 0x100, 0}, {0x40038008, 0x100, 0x40}
