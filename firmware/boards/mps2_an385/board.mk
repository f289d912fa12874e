# Arm MPS2+ with FPGA image AN385: Cortex-M3
ECGP_DESCRIPTION := Arm MPS2+ AN385
ECGP_CORE        := Cortex-M3
ECGP_CPU         := -mcpu=cortex-m3 -mthumb -mfloat-abi=soft
ECGP_QEMU        := mps2-an385
ECGP_INTERRUPTS  := 32
ECGP_CLOCK_HZ    := 25000000
# UART 0
ECGP_UART          := cmsdk
ECGP_UART_BASE     := 0x40004000
ECGP_UART_IRQ      := 0
ECGP_UART_TX_IRQ   := 1
ECGP_UART_CLOCK_HZ := 25000000
