# ST STM32F4DISCOVERY, STM32F407VG: Cortex-M4 with FPU. Sources: CMSIS header stm32f407xx.h (cmsis_device_f4), RM0090, UM1472
ECGP_DESCRIPTION  := ST STM32F4DISCOVERY
ECGP_CORE         := Cortex-M4
ECGP_CPU          := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
# STM32F405RG: the same die without Ethernet and camera
ECGP_STAND_IN     := netduinoplus2
# FPU_IRQn is 81
ECGP_INTERRUPTS   := 82
# The HSI oscillator that runs after reset (RM0090, 7.2.2); 168 MHz with the PLL (DS8626, table 2)
ECGP_CLOCK_HZ     := 16000000
ECGP_CLOCK_MAX_HZ := 168000000
ECGP_PYOCD        := stm32f407vgtx
ECGP_FLASHER      := openocd -f interface/stlink.cfg -f target/stm32f4x.cfg -c "program IMAGE.hex verify reset exit"
# USART2 on PA2 and PA3 (AF7): the ST-LINK's port is not wired to the part (UM1472), it takes an adapter at these pins
ECGP_UART          := stm32
ECGP_UART_BASE     := 0x40004400
ECGP_UART_IRQ      := 38
ECGP_UART_CLOCK_HZ := 16000000
# RCC_AHB1ENR.GPIOAEN, RCC_APB1ENR.USART2EN, GPIOA_MODER, GPIOA_AFRL
ECGP_UART_SETUP    := {0x40023830, 0, 0x1}, {0x40023840, 0, 0x20000}, {0x40020000, 0xF0, 0xA0}, {0x40020020, 0xFF00, 0x7700}
