# BBC micro:bit v1, Nordic nRF51822: Cortex-M0
ECGP_DESCRIPTION := BBC micro:bit
ECGP_CORE        := Cortex-M0
ECGP_CPU         := -mcpu=cortex-m0 -mthumb -mfloat-abi=soft
ECGP_QEMU        := microbit
ECGP_INTERRUPTS  := 32
ECGP_CLOCK_HZ    := 16000000
ECGP_FLASHER     := openocd -f interface/cmsis-dap.cfg -f target/nrf51.cfg
