# Stellaris LM3S6965 Evaluation Board: QEMU's Cortex-M with a PL011, for the test of that driver
ECGP_DESCRIPTION   := Stellaris LM3S6965EVB
ECGP_CORE          := Cortex-M3
ECGP_CPU           := -mcpu=cortex-m3 -mthumb -mfloat-abi=soft
ECGP_QEMU          := lm3s6965evb
ECGP_INTERRUPTS    := 44
ECGP_CLOCK_HZ      := 12000000
# UART 0; it is clocked by RCGC1.UART0
ECGP_UART          := pl011
ECGP_UART_BASE     := 0x4000C000
ECGP_UART_IRQ      := 5
ECGP_UART_CLOCK_HZ := 12000000
ECGP_UART_SETUP    := {0x400FE104, 0, 0x1}
