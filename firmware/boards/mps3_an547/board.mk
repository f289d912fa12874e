# Arm MPS3 with FPGA image AN547 (Corstone-300): Cortex-M55 with Helium (MVE integer and float), Secure from reset on
ECGP_DESCRIPTION := Arm MPS3 AN547
ECGP_CORE        := Cortex-M55
ECGP_CPU         := -mcpu=cortex-m55 -mthumb -mfloat-abi=hard
ECGP_QEMU        := mps3-an547
ECGP_INTERRUPTS  := 128
ECGP_CLOCK_HZ    := 32000000
