# BBC micro:bit v1, Nordic nRF51822: Cortex-M0
EP_DESCRIPTION := BBC micro:bit
EP_CORE        := Cortex-M0
EP_CPU         := -mcpu=cortex-m0 -mthumb -mfloat-abi=soft
EP_QEMU        := microbit
EP_CLOCK_HZ    := 16000000
EP_FLASHER     := openocd -f interface/cmsis-dap.cfg -f target/nrf51.cfg
