# ST NUCLEO-F446RE, STM32F446RE: Cortex-M4 with FPU. Sources: CMSIS header stm32f446xx.h (cmsis_device_f4), RM0390, UM1724
ECGP_DESCRIPTION  := ST NUCLEO-F446RE
ECGP_CORE         := Cortex-M4
ECGP_CPU          := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
# Same core, flash and RAM at the same addresses; QEMU has no STM32F446
ECGP_STAND_IN     := netduinoplus2
# FMPI2C1_ER_IRQn is 96
ECGP_INTERRUPTS   := 97
# The HSI oscillator that runs after reset (RM0390, 6.2.2); 180 MHz with PLL and over-drive (DS10693, table 2)
ECGP_CLOCK_HZ     := 16000000
ECGP_CLOCK_MAX_HZ := 180000000
ECGP_PYOCD        := stm32f446retx
ECGP_FLASHER      := openocd -f interface/stlink.cfg -f target/stm32f4x.cfg -c "program IMAGE.hex verify reset exit"
# USART2 on PA2 and PA3 (AF7), the virtual COM port of the ST-LINK (UM1724, 6.8), by the HSI
ECGP_UART          := stm32
ECGP_UART_BASE     := 0x40004400
ECGP_UART_IRQ      := 38
ECGP_UART_CLOCK_HZ := 16000000
# RCC_AHB1ENR.GPIOAEN, RCC_APB1ENR.USART2EN, GPIOA_MODER, GPIOA_AFRL
ECGP_UART_SETUP    := {0x40023830, 0, 0x1}, {0x40023840, 0, 0x20000}, {0x40020000, 0xF0, 0xA0}, {0x40020020, 0xFF00, 0x7700}
