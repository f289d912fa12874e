# ST STM32VLDISCOVERY, ST STM32F100RB: Cortex-M3
ECGP_DESCRIPTION := ST STM32VLDISCOVERY
ECGP_CORE        := Cortex-M3
ECGP_CPU         := -mcpu=cortex-m3 -mthumb -mfloat-abi=soft
ECGP_QEMU        := stm32vldiscovery
ECGP_INTERRUPTS  := 61
ECGP_CLOCK_HZ    := 24000000
ECGP_FLASHER     := openocd -f interface/stlink.cfg -f target/stm32f1x.cfg
