# Arm MPS2+ with FPGA image AN500: Cortex-M7 with FPU (single precision, as most M7 parts)
ECGP_DESCRIPTION := Arm MPS2+ AN500
ECGP_CORE        := Cortex-M7
ECGP_CPU         := -mcpu=cortex-m7 -DECGP_DUAL_ISSUE=1 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16
ECGP_QEMU        := mps2-an500
ECGP_INTERRUPTS  := 32
ECGP_CLOCK_HZ    := 25000000
# UART 0
ECGP_UART          := cmsdk
ECGP_UART_BASE     := 0x40004000
ECGP_UART_IRQ      := 0
ECGP_UART_TX_IRQ   := 1
ECGP_UART_CLOCK_HZ := 25000000
