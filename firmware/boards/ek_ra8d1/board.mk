# Renesas EK-RA8D1, R7FA8D1BHECBD: Cortex-M85 with Helium, in Secure state from reset on. Option-setting memory
# (0x0300A100) stays as delivered: no part of the image lies there. Code is that for a Cortex-M55, whose instructions it has:
# GCC knows the Cortex-M85 from 13 on.
# Sources: R7FA8D1BH.h, bsp_feature.h, bsp_clocks.h, bsp_elc.h and bsp_module_stop.h of Renesas FSP 6.3.1; ra8x1.dtsi,
# r7fa8d1xh.dtsi, ek_ra8d1.dts and ek_ra8d1-pinctrl.dtsi of Zephyr; Arm 101924, Cortex-M85 Technical Reference Manual
ECGP_DESCRIPTION  := Renesas EK-RA8D1
ECGP_CORE         := Cortex-M85
ECGP_CPU          := -mcpu=cortex-m55 -mthumb -mfloat-abi=hard
# IELSR0 to IELSR95
ECGP_INTERRUPTS   := 96
# The highest clock, by PLL1 from the board's crystal: 20 MHz / 2 * 96 / 2
ECGP_CLOCK_HZ     := 480000000
ECGP_CLOCK_MAX_HZ := 480000000
# VTOR; CCR: instruction cache, branch prediction, low-overhead branches. PRCR: key, PRC0 and PRC1. FCACHEIV;
# MOMCR.MODRV0 = 3 (8 to 24 MHz), MOSCWTCR = 9, MOSCCR: crystal on, wait for OSCSF.MOSCSF; PLLCCR: MUL = 96 - 1, IDIV = 2, from
# the crystal; PLLCCR2: P, Q and R by 2; PLLCR: on, wait for OSCSF.PLLSF. FLWT: 4 wait states (192 to 240 MHz); FCACHEE.
# SCKDIVCR: FCLK by 8, ICLK and PCLKE by 2, BCLK, PCLKA and PCLKD by 4, PCLKB and PCLKC by 8. SCKDIVCR2: CPUCLK by 2;
# SCKSCR = PLL1P; 150 us at 240 MHz; CPUCLK by 1; 150 us at 480 MHz. SRAMWTSC stays 1, as after reset: ICLK is above 120 MHz
ECGP_SETUP        := {0xE000ED08, 0xFFFFFFFF, 0x02000000}, {0xE000ED14, 0, 0xE0000}, {0x4001E3FA, 0xFFFF, 0xA503, 0, 2}, {0x4001C104, 0, 0x1, 0, 2}, {0x4001EA50, 0xFF, 0x6, 0, 1}, {0x4001E0A2, 0xFF, 0x9, 0, 1}, {0x4001E032, 0x1, 0, 0, 1}, {0x4001E03C, 0, 0, 0x8, 1}, {0x4001E028, 0xFFFF, 0x5F01, 0, 2}, {0x4001E04C, 0xFFF, 0x111, 0, 2}, {0x4001E02A, 0x1, 0, 0, 1}, {0x4001E03C, 0, 0, 0x20, 1}, {0x4001C11C, 0x7, 0x4, 0x4, 1}, {0x4001C100, 0, 0x1, 0, 2}, {0x4001E020, 0xFFFFFFFF, 0x31122332}, {0x4001E024, 0xF, 0x1, 0x1, 1}, {0x4001E026, 0x7, 0x5, 0x5, 1}, {0, 0, 36000}, {0x4001E024, 0xF, 0, 0, 1}, {0, 0, 72000}, {0x4001E3FA, 0xFFFF, 0xA500, 0, 2}
ECGP_PYOCD        := R7FA8D1BH
# SCI9 on P1014 and P1015, the console of Zephyr's port, by SCICLK
ECGP_UART           := sci_b
ECGP_UART_BASE      := 0x40358900
ECGP_UART_IRQ       := 0
ECGP_UART_TX_IRQ    := 1
ECGP_UART_ERROR_IRQ := 2
ECGP_UART_CLOCK_HZ  := 120000000
# PRCR: key, PRC0 and PRC1; MSTPCRB.MSTPB22 = 0: SCI9 on; SCICKCR: stop, wait for SCICKSRDY, SCICKDIVCR: by 4, SCICKSEL =
# PLL1P, go on. PWPRS: PFSWE; P1014PFS, P1015PFS: PSEL = 5, the first with medium drive, then PMR. IELSR0 to 2: SCI9's RXI, TXI, ERI
ECGP_UART_SETUP     := {0x4001E3FA, 0xFFFF, 0xA503, 0, 2}, {0x40203004, 0x400000, 0}, {0x4001E055, 0, 0x40, 0x80, 1}, {0x4001E054, 0x7, 0x2, 0, 1}, {0x4001E055, 0xF, 0x5, 0, 1}, {0x4001E055, 0x40, 0, 0, 1}, {0x4001E3FA, 0xFFFF, 0xA500, 0, 2}, {0x40400D14, 0xFF, 0, 0, 1}, {0x40400D14, 0, 0x40, 0, 1}, {0x40400AB8, 0xFFFFFFFF, 0x05000400}, {0x40400AB8, 0, 0x10000}, {0x40400ABC, 0xFFFFFFFF, 0x05000000}, {0x40400ABC, 0, 0x10000}, {0x4000C300, 0xFFFFFFFF, 0x163}, {0x4000C304, 0xFFFFFFFF, 0x164}, {0x4000C308, 0xFFFFFFFF, 0x166}
