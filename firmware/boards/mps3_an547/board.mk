# Arm MPS3 with FPGA image AN547 (Corstone-300): Cortex-M55 with Helium (MVE integer and float), Secure from reset on
EP_DESCRIPTION := Arm MPS3 AN547
EP_CORE        := Cortex-M55
EP_CPU         := -mcpu=cortex-m55 -mthumb -mfloat-abi=hard
EP_QEMU        := mps3-an547
EP_CLOCK_HZ    := 32000000
