# Raspberry Pi Pico 2, RP2350: two Cortex-M33 with FPU and DSP, of which core 0 runs the program, in Secure state; flash is a
# chip outside, read in place. Sources: RP2350 datasheet, headers of src/rp2350/hardware_regs of the Pico SDK, Pico 2 datasheet
ECGP_DESCRIPTION  := Raspberry Pi Pico 2
ECGP_CORE         := Cortex-M33
ECGP_CPU          := -mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16
# NUM_IRQS of platform_defs.h
ECGP_INTERRUPTS   := 52
# The crystal; 150 MHz with the PLL (datasheet, 1.1)
ECGP_CLOCK_HZ     := 12000000
ECGP_CLOCK_MAX_HZ := 150000000
# A block in the first 4 KB of the image says what it is (datasheet, 5.9.5.1); the boot ROM sets the flash up itself
ECGP_BOOT         := rp2350
# XOSC on, wait until it is stable; CLK_REF = XOSC and CLK_SYS = CLK_REF, each with a wait until it is selected
ECGP_SETUP        := {0x40048000, 0xFFFFFF, 0xFABAA0}, {0x40048004, 0, 0, 0x80000000}, {0x40010030, 0x3, 0x2}, {0x40010038, 0, 0, 0x4}, {0x4001003C, 0x1, 0}, {0x40010044, 0, 0, 0x1}
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
