# Netduino Plus 2, ST STM32F405RG: Cortex-M4 with FPU
ECGP_DESCRIPTION := Netduino Plus 2
ECGP_CORE        := Cortex-M4
ECGP_CPU         := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
ECGP_QEMU        := netduinoplus2
ECGP_INTERRUPTS  := 82
# The HSI oscillator that runs after reset, and the PLL's most (DS8626, table 2); QEMU's timer goes by the latter
ECGP_CLOCK_HZ      := 16000000
ECGP_CLOCK_MAX_HZ  := 168000000
ECGP_QEMU_CLOCK_HZ := 168000000
ECGP_PYOCD       := stm32f405rgtx
ECGP_FLASHER     := openocd -f interface/stlink.cfg -f target/stm32f4x.cfg -c "program IMAGE.hex verify reset exit"
# USART1 on PA9 and PA10, by the HSI oscillator that runs after reset
ECGP_UART          := stm32
ECGP_UART_BASE     := 0x40011000
ECGP_UART_IRQ      := 37
ECGP_UART_CLOCK_HZ := 16000000
ECGP_UART_SETUP    := {0x40023830, 0, 0x1}, {0x40023844, 0, 0x10}, {0x40020000, 0x3C0000, 0x280000}, {0x40020024, 0xFF0, 0x770}
