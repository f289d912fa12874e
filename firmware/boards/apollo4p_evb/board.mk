# Ambiq Apollo4 Plus EVB (AMA4PEVB): Cortex-M4 with FPU, behind Ambiq's secure boot loader.
# Sources: linker_script.ld of boards/apollo4p_evb in AmbiqSuite 4.4.1, ambiq_apollo4p.dtsi of Zephyr, and of Ambiq's HAL as
# Zephyr has it (hal_ambiq c03d2f9): docs/apollo4p/pages/*_regs.html, dts/apollo4p/am_apollo4p.h, am_hal_pin.h
ECGP_DESCRIPTION  := Ambiq Apollo4 Plus EVB
ECGP_CORE         := Cortex-M4
ECGP_CPU          := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
# HFRC, the core's clock in low-power mode. High-performance mode, 192 MHz, takes the part's buck converter, which
# am_hal_pwrctrl.c starts by trim values that each part has of its own: no list of registers can
ECGP_CLOCK_HZ     := 96000000
ECGP_CLOCK_MAX_HZ := 192000000
ECGP_UA_PER_MHZ     := 17.2
ECGP_SUPPLY_MV      := 1900
ECGP_CURRENT_SOURCE := Ambiq Apollo4 Plus SoC data sheet, table 29: CoreMark in low-power mode, 96 MHz, 1.9 V
# VTOR: whatever the boot loader left
ECGP_SETUP        := {0xE000ED08, 0xFFFFFFFF, 0x18000}
ECGP_PYOCD        := AMAP42KP-KBR
# APOLLO4P_MAX_IRQ of am_apollo4p.h
ECGP_INTERRUPTS   := 84
# UART0 on pins 60 and 47, the console of Zephyr's port (apollo4p_evb-pinctrl.dtsi), at HFRC's 24 MHz
ECGP_UART          := pl011
ECGP_UART_BASE     := 0x4001C000
ECGP_UART_IRQ      := 15
ECGP_UART_CLOCK_HZ := 24000000
# CR.CLKEN and CLKSEL = 24MHZ (uart_regs.html)
ECGP_UART_CR       := 0x18
# DEVPWREN.PWRENUART0, wait for DEVPWRSTATUS.PWRSTUART0; PADKEY = 0x73 unlocks, PINCFG60.FNCSEL = UART0TX,
# PINCFG47.FNCSEL = UART0RX with INPEN, PADKEY locks (pwrctrl_regs.html, gpio_regs.html)
ECGP_UART_SETUP    := {0x40021004, 0, 0x200}, {0x40021008, 0, 0, 0x200}, {0x40010200, 0xFFFFFFFF, 0x73}, {0x400100F0, 0x3FF, 0x4}, {0x400100BC, 0x3FF, 0x14}, {0x40010200, 0xFFFFFFFF, 0}
