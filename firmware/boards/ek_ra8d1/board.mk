# Renesas EK-RA8D1, R7FA8D1BHECBD: Cortex-M85 with Helium, in Secure state from reset on. Option-setting memory
# (0x0300A100) stays as delivered: no part of the image lies there. Code is that for a Cortex-M55, whose instructions it has:
# GCC knows the Cortex-M85 from 13 on.
# Sources: bsp_feature.h and R7FA8D1BH.h of Renesas FSP, ra8x1.dtsi and r7fa8d1bhecbd.dtsi of Zephyr
ECGP_DESCRIPTION  := Renesas EK-RA8D1
ECGP_CORE         := Cortex-M85
ECGP_CPU          := -mcpu=cortex-m55 -mthumb -mfloat-abi=hard
# IELSR0 to IELSR95
ECGP_INTERRUPTS   := 96
# The MOCO oscillator that runs after reset; 480 MHz with the PLL
ECGP_CLOCK_HZ     := 8000000
ECGP_CLOCK_MAX_HZ := 480000000
ECGP_PYOCD        := R7FA8D1BH
# No driver for its UART: this board talks to a debugger alone
