# Netduino Plus 2, ST STM32F405RG: Cortex-M4 with FPU
ECGP_DESCRIPTION := Netduino Plus 2
ECGP_CORE        := Cortex-M4
ECGP_CPU         := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
ECGP_QEMU        := netduinoplus2
ECGP_INTERRUPTS  := 82
ECGP_CLOCK_HZ    := 168000000
ECGP_FLASHER     := openocd -f interface/stlink.cfg -f target/stm32f4x.cfg
