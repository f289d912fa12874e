# Arm MPS2+ with FPGA image AN385: Cortex-M3
EP_DESCRIPTION := Arm MPS2+ AN385
EP_CORE        := Cortex-M3
EP_CPU         := -mcpu=cortex-m3 -mthumb -mfloat-abi=soft
EP_QEMU        := mps2-an385
EP_CLOCK_HZ    := 25000000
