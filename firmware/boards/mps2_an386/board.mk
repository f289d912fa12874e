# Arm MPS2+ with FPGA image AN386: Cortex-M4 with FPU
ECGP_DESCRIPTION := Arm MPS2+ AN386
ECGP_CORE        := Cortex-M4
ECGP_CPU         := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
ECGP_QEMU        := mps2-an386
ECGP_INTERRUPTS  := 32
ECGP_CLOCK_HZ    := 25000000
# UART 0
ECGP_UART          := cmsdk
ECGP_UART_BASE     := 0x40004000
ECGP_UART_IRQ      := 0
ECGP_UART_TX_IRQ   := 1
ECGP_UART_CLOCK_HZ := 25000000
