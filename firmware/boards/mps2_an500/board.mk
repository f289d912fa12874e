# Arm MPS2+ with FPGA image AN500: Cortex-M7 with FPU (single precision, as most M7 parts)
EP_DESCRIPTION := Arm MPS2+ AN500
EP_CORE        := Cortex-M7
EP_CPU         := -mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16
EP_QEMU        := mps2-an500
EP_CLOCK_HZ    := 25000000
