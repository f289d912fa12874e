# Arm MPS2+ with FPGA image AN505: Cortex-M33 with FPU and DSP, in Secure state from reset on
EP_DESCRIPTION := Arm MPS2+ AN505
EP_CORE        := Cortex-M33
EP_CPU         := -mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16
EP_QEMU        := mps2-an505
EP_CLOCK_HZ    := 20000000
