# Arm MPS2+ with FPGA image AN505: Cortex-M33 with FPU and DSP, in Secure state from reset on
ECGP_DESCRIPTION := Arm MPS2+ AN505
ECGP_CORE        := Cortex-M33
ECGP_CPU         := -mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16
ECGP_QEMU        := mps2-an505
ECGP_INTERRUPTS  := 124
ECGP_CLOCK_HZ    := 20000000
# UART 0, Secure alias
ECGP_UART          := cmsdk
ECGP_UART_BASE     := 0x50200000
ECGP_UART_IRQ      := 32
ECGP_UART_TX_IRQ   := 33
ECGP_UART_CLOCK_HZ := 20000000
