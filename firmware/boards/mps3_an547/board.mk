# Arm MPS3 with FPGA image AN547 (Corstone-300): Cortex-M55 with Helium (MVE integer and float), Secure from reset on
ECGP_DESCRIPTION := Arm MPS3 AN547
ECGP_CORE        := Cortex-M55
ECGP_CPU         := -mcpu=cortex-m55 -mthumb -mfloat-abi=hard
ECGP_QEMU        := mps3-an547
ECGP_INTERRUPTS  := 128
ECGP_CLOCK_HZ    := 32000000
# UART 0, Secure alias
ECGP_UART          := cmsdk
ECGP_UART_BASE     := 0x59303000
ECGP_UART_IRQ      := 33
ECGP_UART_TX_IRQ   := 34
ECGP_UART_CLOCK_HZ := 25000000
