# Arm MPS2+ with FPGA image AN386: Cortex-M4 with FPU
EP_DESCRIPTION := Arm MPS2+ AN386
EP_CORE        := Cortex-M4
EP_CPU         := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
EP_QEMU        := mps2-an386
EP_CLOCK_HZ    := 25000000
