# ST NUCLEO-F446RE, STM32F446RE: Cortex-M4 with FPU. Sources: CMSIS header stm32f446xx.h (cmsis_device_f4), RM0390, UM1724
ECGP_DESCRIPTION  := ST NUCLEO-F446RE
ECGP_CORE         := Cortex-M4
ECGP_CPU          := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
# Same core, flash and RAM at the same addresses; QEMU has no STM32F446
ECGP_STAND_IN     := netduinoplus2
# FMPI2C1_ER_IRQn is 96
ECGP_INTERRUPTS   := 97
# The highest clock, with over-drive, by the PLL from the HSI oscillator of 16 MHz: / 8 * 180 / 2
ECGP_CLOCK_HZ     := 180000000
ECGP_CLOCK_MAX_HZ := 180000000
# RCC_APB1ENR.PWREN; PWR_CR.VOS = scale 1; PLLCFGR: M = 8, N = 180, P = 2, Q = 8, R = 2; PLL on; PWR_CR.ODEN, then ODSWEN,
# each with its flag in PWR_CSR; FLASH_ACR: 5 wait states, prefetch, both caches; APB1 by 4, APB2 by 2; SW = PLL, wait for SWS
ECGP_SETUP        := {0x40023840, 0, 0x10000000}, {0x40007000, 0, 0xC000}, {0x40023804, 0xFFFFFFFF, 0x28002D08}, {0x40023800, 0, 0x1000000, 0x2000000}, {0x40007000, 0, 0x10000}, {0x40007004, 0, 0, 0x10000}, {0x40007000, 0, 0x20000}, {0x40007004, 0, 0, 0x20000}, {0x40023C00, 0xF, 0x705, 0x705}, {0x40023808, 0xFCF0, 0x9400}, {0x40023808, 0x3, 0x2, 0x8}
ECGP_PYOCD        := stm32f446retx
ECGP_FLASHER      := openocd -f interface/stlink.cfg -f target/stm32f4x.cfg -c "program IMAGE.hex verify reset exit"
# USART2 on PA2 and PA3 (AF7), the virtual COM port of the ST-LINK (UM1724), by APB1
ECGP_UART          := stm32
ECGP_UART_BASE     := 0x40004400
ECGP_UART_IRQ      := 38
ECGP_UART_CLOCK_HZ := 45000000
# RCC_AHB1ENR.GPIOAEN, RCC_APB1ENR.USART2EN, GPIOA_MODER, GPIOA_AFRL
ECGP_UART_SETUP    := {0x40023830, 0, 0x1}, {0x40023840, 0, 0x20000}, {0x40020000, 0xF0, 0xA0}, {0x40020020, 0xFF00, 0x7700}
