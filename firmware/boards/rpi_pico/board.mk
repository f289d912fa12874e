# Raspberry Pi Pico, RP2040: two Cortex-M0+, of which core 0 runs the program; flash is a chip outside, read in place.
# Sources: RP2040 datasheet, headers of src/rp2040/hardware_regs of the Pico SDK, Pico datasheet
ECGP_DESCRIPTION  := Raspberry Pi Pico
ECGP_CORE         := Cortex-M0+
ECGP_CPU          := -mcpu=cortex-m0plus -mthumb -mfloat-abi=soft
# NUM_IRQS of platform_defs.h
ECGP_INTERRUPTS   := 32
# The highest clock of the data sheet's front page, by PLL_SYS from the crystal: 12 MHz * 133 / 6 / 2
ECGP_CLOCK_HZ     := 133000000
ECGP_CLOCK_MAX_HZ := 133000000
# 256 bytes at the start of the flash, which the boot ROM copies to RAM, checks and runs (datasheet, flash second stage)
ECGP_BOOT         := rp2040
# XOSC on, wait until it is stable; CLK_REF = XOSC and CLK_SYS = CLK_REF, each with a wait until it is selected; PLL_SYS out of
# reset, wait for RESET_DONE; CS.REFDIV = 1, FBDIV_INT = 133, PWR.PD and VCOPD off, wait for CS.LOCK, PRIM = 6 and 2,
# PWR.POSTDIVPD off; CLK_SYS = PLL_SYS, wait until it is selected
ECGP_SETUP        := {0x40024000, 0xFFFFFF, 0xFABAA0}, {0x40024004, 0, 0, 0x80000000}, {0x40008030, 0x3, 0x2}, {0x40008038, 0, 0, 0x4}, {0x4000803C, 0x1, 0}, {0x40008044, 0, 0, 0x1}, {0x4000C000, 0x1000, 0}, {0x4000C008, 0, 0, 0x1000}, {0x40028000, 0x3F, 0x1}, {0x40028008, 0xFFF, 0x85}, {0x40028004, 0x21, 0}, {0x40028000, 0, 0, 0x80000000}, {0x4002800C, 0x77000, 0x62000}, {0x40028004, 0x8, 0}, {0x4000803C, 0xE0, 0}, {0x4000803C, 0, 0x1}, {0x40008044, 0, 0, 0x2}
ECGP_PYOCD        := rp2040
# RP2040_FAMILY_ID of boot/uf2.h: hold BOOTSEL while plugging in, and copy firmware.uf2 to the drive RPI-RP2
ECGP_UF2_FAMILY   := 0xE48BFF56
ECGP_FLASHER      := openocd -f interface/cmsis-dap.cfg -f target/rp2040.cfg -c "adapter speed 5000" -c "program IMAGE.elf verify reset exit"
# UART0 on GP0 and GP1: the USB connector is the part's own USB, so this takes a debug probe or an adapter
ECGP_UART          := pl011
ECGP_UART_BASE     := 0x40034000
ECGP_UART_IRQ      := 20
ECGP_UART_CLOCK_HZ := 12000000
# CLK_PERI = XOSC; UART0, PADS_BANK0 and IO_BANK0 out of reset, wait for RESET_DONE; function 2 of GPIO0 and GPIO1
ECGP_UART_SETUP    := {0x40008048, 0xE0, 0x880}, {0x4000C000, 0x400120, 0}, {0x4000C008, 0, 0, 0x400120}, {0x40014004, 0x1F, 0x2}, {0x4001400C, 0x1F, 0x2}
