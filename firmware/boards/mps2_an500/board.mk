# Arm MPS2+ with FPGA image AN500: Cortex-M7 with FPU (single precision, as most M7 parts)
ECGP_DESCRIPTION := Arm MPS2+ AN500
ECGP_CORE        := Cortex-M7
ECGP_CPU         := -mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16
ECGP_QEMU        := mps2-an500
ECGP_INTERRUPTS  := 32
ECGP_CLOCK_HZ    := 25000000
