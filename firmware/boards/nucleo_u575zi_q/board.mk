# ST NUCLEO-U575ZI-Q, STM32U575ZI: Cortex-M33 with FPU and DSP, TrustZone off as delivered (option bit TZEN = 0).
# Sources: CMSIS header stm32u575xx.h (cmsis_device_u5), RM0456, UM2861
ECGP_DESCRIPTION  := ST NUCLEO-U575ZI-Q
ECGP_CORE         := Cortex-M33
ECGP_CPU          := -mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16
# LSECSSD_IRQn is 125
ECGP_INTERRUPTS   := 126
# The MSIS oscillator that runs after reset (RM0456, 11.4.3); 160 MHz with the PLL (DS13737)
ECGP_CLOCK_HZ     := 4000000
ECGP_CLOCK_MAX_HZ := 160000000
ECGP_PYOCD        := stm32u575zitx
ECGP_FLASHER      := openocd -f interface/stlink.cfg -f target/stm32u5x.cfg -c "program IMAGE.hex verify reset exit"
# USART1 on PA9 and PA10 (AF7), the virtual COM port of the ST-LINK (UM2861), by the HSI16 oscillator
ECGP_UART          := stm32_isr
ECGP_UART_BASE     := 0x40013800
ECGP_UART_IRQ      := 61
ECGP_UART_CLOCK_HZ := 16000000
# RCC_CR.HSION, wait for HSIRDY; RCC_CCIPR1.USART1SEL = HSI16, RCC_AHB2ENR1.GPIOAEN, RCC_APB2ENR.USART1EN, GPIOA_MODER, GPIOA_AFRH
ECGP_UART_SETUP    := {0x46020C00, 0, 0x100, 0x400}, {0x46020CE0, 0x3, 0x2}, {0x46020C8C, 0, 0x1}, {0x46020CA4, 0, 0x4000}, {0x42020000, 0x3C0000, 0x280000}, {0x42020024, 0xFF0, 0x770}
