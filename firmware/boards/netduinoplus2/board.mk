# Netduino Plus 2, ST STM32F405RG: Cortex-M4 with FPU
ECGP_DESCRIPTION := Netduino Plus 2
ECGP_CORE        := Cortex-M4
ECGP_CPU         := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
ECGP_QEMU        := netduinoplus2
ECGP_INTERRUPTS  := 82
# The highest clock, by the PLL from the HSI oscillator of 16 MHz: / 8 * 168 / 2
ECGP_CLOCK_HZ     := 168000000
ECGP_CLOCK_MAX_HZ := 168000000
# RCC_APB1ENR.PWREN; PWR_CR.VOS = scale 1; PLLCFGR: M = 8, N = 168, P = 2, Q = 7; PLL on; FLASH_ACR: 5 wait states, prefetch,
# both caches; APB1 by 4, APB2 by 2; SW = PLL, wait for SWS
ECGP_SETUP       := {0x40023840, 0, 0x10000000}, {0x40007000, 0, 0x4000}, {0x40023804, 0xFFFFFFFF, 0x7002A08}, {0x40023800, 0, 0x1000000, 0x2000000}, {0x40023C00, 0xF, 0x705, 0x705}, {0x40023808, 0xFCF0, 0x9400}, {0x40023808, 0x3, 0x2, 0x8}
# 40 mA at 168 MHz
ECGP_UA_PER_MHZ     := 238
ECGP_SUPPLY_MV      := 3300
ECGP_CURRENT_SOURCE := ST, STM32F407/417 product page: run mode from flash with the ART accelerator, 168 MHz
ECGP_PYOCD       := stm32f405rgtx
ECGP_FLASHER     := openocd -f interface/stlink.cfg -f target/stm32f4x.cfg -c "program IMAGE.hex verify reset exit"
# USART1 on PA9 and PA10, by APB2
ECGP_UART          := stm32
ECGP_UART_BASE     := 0x40011000
ECGP_UART_IRQ      := 37
ECGP_UART_CLOCK_HZ := 84000000
ECGP_UART_SETUP    := {0x40023830, 0, 0x1}, {0x40023844, 0, 0x10}, {0x40020000, 0x3C0000, 0x280000}, {0x40020024, 0xFF0, 0x770}
