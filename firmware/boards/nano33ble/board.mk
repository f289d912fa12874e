# Arduino Nano 33 BLE (and BLE Sense), nRF52840: Cortex-M4 with FPU, behind Arduino's boot loader.
# Sources: linker_script.ld and pins_arduino.h of variants/ARDUINO_NANO33BLE (ArduinoCore-mbed), nrf52840.h (nrfx)
ECGP_DESCRIPTION  := Arduino Nano 33 BLE
ECGP_CORE         := Cortex-M4
ECGP_CPU          := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
# Same core, flash and RAM at the same addresses; QEMU has no nRF52
ECGP_STAND_IN     := mps2_an386
# SPIM3_IRQn is 47
ECGP_INTERRUPTS   := 48
ECGP_CLOCK_HZ     := 64000000
ECGP_CLOCK_MAX_HZ := 64000000
# 3.3 mA at 64 MHz
ECGP_UA_PER_MHZ     := 52
ECGP_CURRENT_SOURCE := Nordic nRF52840 Product Specification: CoreMark from flash, cache and DC/DC on, 3 V
# VTOR: the boot loader's table lies at 0.
# APPROTECT.DISABLE: parts of build code F and later lock the debugger out until software writes 0x5A; what UICR says stays
# NVMC_ICACHECNF.CACHEEN: without its cache the flash makes the core wait
ECGP_SETUP        := {0xE000ED08, 0xFFFFFFFF, 0x10000}, {0x40000558, 0xFFFFFFFF, 0x5A}, {0x4001E540, 0, 0x1}
ECGP_PYOCD        := nrf52840
# Press the button twice, then PORT is the boot loader's; bossac of Arduino adds the offset of 0x10000 itself
ECGP_FLASHER      := bossac -d --port=$(PORT) -U -i -e -w IMAGE.bin -R
# UART0 on pins TX (P1.03) and RX (P1.10): the USB connector is the part's own USB, so this takes an adapter
ECGP_UART          := nrf51
ECGP_UART_BASE     := 0x40002000
ECGP_UART_IRQ      := 2
ECGP_UART_CLOCK_HZ := 16000000
# TASKS_HFCLKSTART, wait for the crystal; P1 OUTSET and DIRSET of pin 3, PSEL.TXD = 32 + 3, PSEL.RXD = 32 + 10
ECGP_UART_SETUP    := {0x40000000, 0, 1}, {0x40000100, 0, 0, 1}, {0x50000808, 0, 0x8}, {0x50000818, 0, 0x8}, {0x4000250C, 0xFFFFFFFF, 35}, {0x40002514, 0xFFFFFFFF, 42}
