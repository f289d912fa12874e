# ST NUCLEO-L476RG, STM32L476RG: Cortex-M4 with FPU. Sources: CMSIS header stm32l476xx.h (cmsis_device_l4), RM0351, UM1724
ECGP_DESCRIPTION  := ST NUCLEO-L476RG
ECGP_CORE         := Cortex-M4
ECGP_CPU          := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
# Same core, flash and RAM at the same addresses; QEMU 7.2 has no STM32L4
ECGP_STAND_IN     := netduinoplus2
# FPU_IRQn is 81
ECGP_INTERRUPTS   := 82
# The highest clock, by the PLL from the HSI16 oscillator: * 10 / 2
ECGP_CLOCK_HZ     := 80000000
ECGP_CLOCK_MAX_HZ := 80000000
# RCC_CR.HSION, wait for HSIRDY; PLLCFGR: HSI16, M = 1, N = 10, R = 2, REN; PLL on; FLASH_ACR: 4 wait states, prefetch, both
# caches; SW = PLL, wait for SWS. The supply is in range 1 from reset on
ECGP_SETUP        := {0x40021000, 0, 0x100, 0x400}, {0x4002100C, 0xFFFFFFFF, 0x1000A02}, {0x40021000, 0, 0x1000000, 0x2000000}, {0x40022000, 0x7, 0x704, 0x704}, {0x40021008, 0x3, 0x3, 0xC}
ECGP_UA_PER_MHZ     := 100
ECGP_CURRENT_SOURCE := ST, STM32L476 data sheet DS10198, features: run mode by the LDO
ECGP_PYOCD        := stm32l476rgtx
ECGP_FLASHER      := openocd -f interface/stlink.cfg -f target/stm32l4x.cfg -c "program IMAGE.hex verify reset exit"
# USART2 on PA2 and PA3 (AF7), the virtual COM port of the ST-LINK (UM1724), by the HSI16 oscillator
ECGP_UART          := stm32_isr
ECGP_UART_BASE     := 0x40004400
ECGP_UART_IRQ      := 38
ECGP_UART_CLOCK_HZ := 16000000
# RCC_CR.HSION, wait for HSIRDY; RCC_CCIPR.USART2SEL = HSI16, RCC_AHB2ENR.GPIOAEN, RCC_APB1ENR1.USART2EN, GPIOA_MODER, GPIOA_AFRL
ECGP_UART_SETUP    := {0x40021000, 0, 0x100, 0x400}, {0x40021088, 0xC, 0x8}, {0x4002104C, 0, 0x1}, {0x40021058, 0, 0x20000}, {0x48000000, 0xF0, 0xA0}, {0x48000020, 0xFF00, 0x7700}
