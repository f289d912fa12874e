# ST STM32VLDISCOVERY, ST STM32F100RB: Cortex-M3
ECGP_DESCRIPTION := ST STM32VLDISCOVERY
ECGP_CORE        := Cortex-M3
ECGP_CPU         := -mcpu=cortex-m3 -mthumb -mfloat-abi=soft
ECGP_QEMU        := stm32vldiscovery
ECGP_INTERRUPTS  := 61
# The highest clock, by the PLL from half of the HSI oscillator of 8 MHz, times 6
ECGP_CLOCK_HZ     := 24000000
ECGP_CLOCK_MAX_HZ := 24000000
# RCC_CFGR: PLLSRC = HSI / 2, PLLMUL = 6; PLL on; SW = PLL, wait for SWS. Flash needs no wait states
ECGP_SETUP       := {0x40021004, 0x3F0000, 0x100000}, {0x40021000, 0, 0x1000000, 0x2000000}, {0x40021004, 0x3, 0x2, 0x8}
ECGP_PYOCD       := stm32f100rbtx
ECGP_FLASHER     := openocd -f interface/stlink.cfg -f target/stm32f1x.cfg -c "program IMAGE.hex verify reset exit"
# USART1 on PA9 and PA10, by APB2
ECGP_UART          := stm32
ECGP_UART_BASE     := 0x40013800
ECGP_UART_IRQ      := 37
ECGP_UART_CLOCK_HZ := 24000000
ECGP_UART_SETUP    := {0x40021018, 0, 0x4004}, {0x40010804, 0xFF0, 0x4B0}
