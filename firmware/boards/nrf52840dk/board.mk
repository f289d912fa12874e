# Nordic nRF52840-DK (PCA10056), nRF52840: Cortex-M4 with FPU, no boot loader, no SoftDevice.
# Sources: nrf52840.h and nrf52840_xxaa_memory.h (nrfx), nRF52840 Product Specification 1.8, nRF52840 DK user guide
ECGP_DESCRIPTION  := Nordic nRF52840-DK
ECGP_CORE         := Cortex-M4
ECGP_CPU          := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
# Same core, flash and RAM at the same addresses; QEMU has no nRF52
ECGP_STAND_IN     := mps2_an386
# SPIM3_IRQn is 47
ECGP_INTERRUPTS   := 48
# The only clock of the core: HFINT from reset on, the crystal once a program sets up its UART
ECGP_CLOCK_HZ     := 64000000
ECGP_CLOCK_MAX_HZ := 64000000
# 3.3 mA at 64 MHz
ECGP_UA_PER_MHZ     := 52
ECGP_CURRENT_SOURCE := Nordic nRF52840 Product Specification: CoreMark from flash, cache and DC/DC on, 3 V
# APPROTECT.DISABLE: parts of build code F and later lock the debugger out until software writes 0x5A; what UICR says stays
# NVMC_ICACHECNF.CACHEEN: without its cache the flash makes the core wait
ECGP_SETUP        := {0x40000558, 0xFFFFFFFF, 0x5A}, {0x4001E540, 0, 0x1}
ECGP_PYOCD        := nrf52840
ECGP_FLASHER      := openocd -f interface/jlink.cfg -c "transport select swd" -f target/nrf52.cfg -c "program IMAGE.hex verify reset exit"
# UART0, the one without DMA (deprecated there), on P0.06 and P0.08, the virtual COM port of the J-Link
ECGP_UART          := nrf51
ECGP_UART_BASE     := 0x40002000
ECGP_UART_IRQ      := 2
ECGP_UART_CLOCK_HZ := 16000000
# TASKS_HFCLKSTART, wait for the crystal; P0 OUTSET and DIRSET of pin 6, PSEL.TXD, PSEL.RXD
ECGP_UART_SETUP    := {0x40000000, 0, 1}, {0x40000100, 0, 0, 1}, {0x50000508, 0, 0x40}, {0x50000518, 0, 0x40}, {0x4000250C, 0xFFFFFFFF, 6}, {0x40002514, 0xFFFFFFFF, 8}
