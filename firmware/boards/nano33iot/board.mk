# Arduino Nano 33 IoT, Microchip SAMD21G18A: Cortex-M0+, behind Arduino's boot loader.
# Sources: variants/nano_33_iot of ArduinoCore-samd (linker script, variant.cpp), SAM D21 data sheet DS40001882
ECGP_DESCRIPTION  := Arduino Nano 33 IoT
ECGP_CORE         := Cortex-M0+
ECGP_CPU          := -mcpu=cortex-m0plus -mthumb -mfloat-abi=soft
# Cortex-M0: the same instructions, flash and RAM at the same addresses, of RAM the half; QEMU has no SAMD21
ECGP_STAND_IN     := microbit
# I2S is 27 (data sheet, interrupt line mapping)
ECGP_INTERRUPTS   := 28
# OSC8M; 48 MHz with the DFLL
ECGP_CLOCK_HZ     := 8000000
ECGP_CLOCK_MAX_HZ := 48000000
# VTOR; OSC8M without its prescaler of 8, and generic clock 0, the core's, from it (GENDIV, GENCTRL): the boot loader may
# have left the DFLL there
ECGP_SETUP        := {0xE000ED08, 0xFFFFFFFF, 0x2000}, {0x40000820, 0x300, 0x2}, {0x40000C08, 0xFFFFFFFF, 0}, {0x40000C04, 0xFFFFFFFF, 0x10600}
# Press the button twice, then PORT is the boot loader's
ECGP_FLASHER      := bossac --port=$(PORT) -U -i -e -w -v --offset=0x2000 IMAGE.bin -R
# SERCOM5 on TX (PB22) and RX (PB23): the USB connector is the part's own USB, so this takes an adapter
ECGP_UART          := sercom
ECGP_UART_BASE     := 0x42001C00
ECGP_UART_IRQ      := 14
ECGP_UART_CLOCK_HZ := 8000000
# PM_APBCMASK.SERCOM5; PORT B, WRCONFIG: function D of pins 22 and 23
ECGP_UART_SETUP    := {0x40000420, 0, 0x80}, {0x410044A8, 0xFFFFFFFF, 0xD30300C0}
