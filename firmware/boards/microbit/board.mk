# BBC micro:bit v1, Nordic nRF51822: Cortex-M0
ECGP_DESCRIPTION := BBC micro:bit
ECGP_CORE        := Cortex-M0
ECGP_CPU         := -mcpu=cortex-m0 -mthumb -mfloat-abi=soft
ECGP_QEMU        := microbit
ECGP_INTERRUPTS  := 32
ECGP_CLOCK_HZ    := 16000000
ECGP_PYOCD       := nrf51
ECGP_FLASHER     := openocd -f interface/cmsis-dap.cfg -f target/nrf51.cfg -c "program IMAGE.hex verify reset exit"
# To the USB interface: P0.24 sends, P0.25 receives
ECGP_UART          := nrf51
ECGP_UART_BASE     := 0x40002000
ECGP_UART_IRQ      := 2
ECGP_UART_CLOCK_HZ := 16000000
ECGP_UART_SETUP    := {0x50000508, 0, 0x1000000}, {0x50000518, 0, 0x1000000}, {0x4000250C, 0xFFFFFFFF, 24}, {0x40002514, 0xFFFFFFFF, 25}
