# ST NUCLEO-U575ZI-Q, STM32U575ZI: Cortex-M33 with FPU and DSP, TrustZone off as delivered (option bit TZEN = 0).
# Sources: CMSIS header stm32u575xx.h (cmsis_device_u5), RM0456, UM2861
ECGP_DESCRIPTION  := ST NUCLEO-U575ZI-Q
ECGP_CORE         := Cortex-M33
ECGP_CPU          := -mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16
# LSECSSD_IRQn is 125
ECGP_INTERRUPTS   := 126
# The highest clock, by PLL1 from the HSI16 oscillator: * 10 / 1
ECGP_CLOCK_HZ     := 160000000
ECGP_CLOCK_MAX_HZ := 160000000
# RCC_AHB3ENR.PWREN; PWR_CR3.REGSEL = SMPS, wait for SVMSR.REGS; PWR_VOSR.VOS = range 1, wait for VOSRDY; RCC_CR.HSION, wait for
# HSIRDY; PLL1CFGR: HSI16, input of 8 to 16 MHz, M = 1, booster's clock undivided, REN; PLL1DIVR: N = 10, P = Q = 2, R = 1;
# PWR_VOSR.BOOSTEN, wait for BOOSTRDY; PLL1 on; FLASH_ACR: 4 wait states, prefetch; SW = PLL1 with AHB by 2 meanwhile, wait for
# SWS; ICACHE on
ECGP_SETUP        := {0x46020C94, 0, 0x4}, {0x46020808, 0, 0x2}, {0x4602083C, 0, 0, 0x2}, {0x4602080C, 0, 0x30000, 0x8000}, {0x46020C00, 0, 0x100, 0x400}, {0x46020C28, 0xFFFFFFFF, 0x4000E}, {0x46020C34, 0xFFFFFFFF, 0x10209}, {0x4602080C, 0, 0x40000, 0x4000}, {0x46020C00, 0, 0x1000000, 0x2000000}, {0x40022000, 0xF, 0x104, 0x104}, {0x46020C20, 0xF, 0x8}, {0x46020C1C, 0x3, 0x3, 0xC}, {0x46020C20, 0xF, 0}, {0x40030400, 0, 0x1}
# 7.15 mA at 160 MHz
ECGP_UA_PER_MHZ     := 44.7
ECGP_CURRENT_SOURCE := ST, STM32U575 data sheet DS13737 Rev 8: run mode in range 1 by the SMPS, 160 MHz, 3 V
ECGP_PYOCD        := stm32u575zitx
ECGP_FLASHER      := openocd -f interface/stlink.cfg -f target/stm32u5x.cfg -c "program IMAGE.hex verify reset exit"
# USART1 on PA9 and PA10 (AF7), the virtual COM port of the ST-LINK (UM2861), by the HSI16 oscillator
ECGP_UART          := stm32_isr
ECGP_UART_BASE     := 0x40013800
ECGP_UART_IRQ      := 61
ECGP_UART_CLOCK_HZ := 16000000
# RCC_CR.HSION, wait for HSIRDY; RCC_CCIPR1.USART1SEL = HSI16, RCC_AHB2ENR1.GPIOAEN, RCC_APB2ENR.USART1EN, GPIOA_MODER, GPIOA_AFRH
ECGP_UART_SETUP    := {0x46020C00, 0, 0x100, 0x400}, {0x46020CE0, 0x3, 0x2}, {0x46020C8C, 0, 0x1}, {0x46020CA4, 0, 0x4000}, {0x42020000, 0x3C0000, 0x280000}, {0x42020024, 0xFF0, 0x770}
