# ST STM32VLDISCOVERY, ST STM32F100RB: Cortex-M3
ECGP_DESCRIPTION := ST STM32VLDISCOVERY
ECGP_CORE        := Cortex-M3
ECGP_CPU         := -mcpu=cortex-m3 -mthumb -mfloat-abi=soft
ECGP_QEMU        := stm32vldiscovery
ECGP_INTERRUPTS  := 61
# The HSI oscillator that runs after reset, and the PLL's most (DS5944, table 2); QEMU's timer goes by the latter
ECGP_CLOCK_HZ      := 8000000
ECGP_CLOCK_MAX_HZ  := 24000000
ECGP_QEMU_CLOCK_HZ := 24000000
ECGP_PYOCD       := stm32f100rbtx
ECGP_FLASHER     := openocd -f interface/stlink.cfg -f target/stm32f1x.cfg -c "program IMAGE.hex verify reset exit"
# USART1 on PA9 and PA10, by the HSI oscillator that runs after reset
ECGP_UART          := stm32
ECGP_UART_BASE     := 0x40013800
ECGP_UART_IRQ      := 37
ECGP_UART_CLOCK_HZ := 8000000
ECGP_UART_SETUP    := {0x40021018, 0, 0x4004}, {0x40010804, 0xFF0, 0x4B0}
