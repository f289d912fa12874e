# Arm MPS2+ with FPGA image AN386: Cortex-M4 with FPU
ECGP_DESCRIPTION := Arm MPS2+ AN386
ECGP_CORE        := Cortex-M4
ECGP_CPU         := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
ECGP_QEMU        := mps2-an386
ECGP_INTERRUPTS  := 32
ECGP_CLOCK_HZ    := 25000000
