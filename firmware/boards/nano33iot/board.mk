# Arduino Nano 33 IoT, Microchip SAMD21G18A: Cortex-M0+, behind Arduino's boot loader.
# Sources: variants/nano_33_iot of ArduinoCore-samd (linker script, variant.cpp), SAM D21 data sheet DS40001882
ECGP_DESCRIPTION  := Arduino Nano 33 IoT
ECGP_CORE         := Cortex-M0+
ECGP_CPU          := -mcpu=cortex-m0plus -mthumb -mfloat-abi=soft
# Cortex-M0: the same instructions, flash and RAM at the same addresses, of RAM the half; QEMU has no SAMD21
ECGP_STAND_IN     := microbit
# I2S is 27 (data sheet, interrupt line mapping)
ECGP_INTERRUPTS   := 28
# The highest clock, by FDPLL96M from the OSC8M oscillator: 8 MHz / 4 * 24. The board has no crystal, and the DFLL takes
# calibration that each part has of its own
ECGP_CLOCK_HZ     := 48000000
ECGP_CLOCK_MAX_HZ := 48000000
# 6.5 mA at 48 MHz; at 25 degrees it is less
ECGP_UA_PER_MHZ     := 135
ECGP_SUPPLY_MV      := 3300
ECGP_CURRENT_SOURCE := Microchip SAM D21 data sheet DS40001882, table 36-8, as a public project quotes it: CoreMark, 48 MHz, 3.3 V, 85 degrees, typical
# VTOR; OSC8M without its prescaler of 8, and generic clock 0, the core's, from it (GENDIV, GENCTRL) meanwhile: the boot loader
# may have left the DFLL there. NVMCTRL_CTRLB.RWS: one wait state. Generic clock 3 = OSC8M / 4, to FDPLL96M (CLKCTRL);
# DPLLRATIO: 23 + 1; DPLLCTRLB.REFCLK = generic clock; DPLLCTRLA.ENABLE without ONDEMAND, wait for DPLLSTATUS.LOCK and CLKRDY;
# generic clock 0 from it
ECGP_SETUP        := {0xE000ED08, 0xFFFFFFFF, 0x2000}, {0x40000820, 0x300, 0x2}, {0x40000C08, 0xFFFFFFFF, 0}, {0x40000C04, 0xFFFFFFFF, 0x10600}, {0x41004004, 0x1E, 0x2}, {0x40000C08, 0xFFFFFFFF, 0x403}, {0x40000C04, 0xFFFFFFFF, 0x10603}, {0x40000C02, 0xFFFF, 0x4301, 0, 2}, {0x40000848, 0xFFFFFFFF, 0x17}, {0x4000084C, 0x30, 0x20}, {0x40000844, 0xC2, 0x2, 0, 1}, {0x40000850, 0, 0, 0x3, 1}, {0x40000C04, 0xFFFFFFFF, 0x10800}
# Press the button twice, then PORT is the boot loader's
ECGP_FLASHER      := bossac --port=$(PORT) -U -i -e -w -v --offset=0x2000 IMAGE.bin -R
# SERCOM5 on TX (PB22) and RX (PB23): the USB connector is the part's own USB, so this takes an adapter
ECGP_UART          := sercom
ECGP_UART_BASE     := 0x42001C00
ECGP_UART_IRQ      := 14
ECGP_UART_CLOCK_HZ := 48000000
# PM_APBCMASK.SERCOM5; PORT B, WRCONFIG: function D of pins 22 and 23
ECGP_UART_SETUP    := {0x40000420, 0, 0x80}, {0x410044A8, 0xFFFFFFFF, 0xD30300C0}
