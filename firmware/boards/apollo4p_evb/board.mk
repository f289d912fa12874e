# Ambiq Apollo4 Plus EVB (AMA4PEVB): Cortex-M4 with FPU, behind Ambiq's secure boot loader.
# Sources: linker_script.ld of boards/apollo4p_evb in AmbiqSuite 4.4.1, ambiq_apollo4p.dtsi of Zephyr
ECGP_DESCRIPTION  := Ambiq Apollo4 Plus EVB
ECGP_CORE         := Cortex-M4
ECGP_CPU          := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
# HFRC, the core's clock in low-power mode; 192 MHz in high-performance mode
ECGP_CLOCK_HZ     := 96000000
ECGP_CLOCK_MAX_HZ := 192000000
# VTOR: whatever the boot loader left
ECGP_SETUP        := {0xE000ED08, 0xFFFFFFFF, 0x18000}
ECGP_PYOCD        := AMAP42KP-KBR
# No driver for its UART: this board talks to a debugger alone
