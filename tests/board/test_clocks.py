"""Clocks of real boards: what the registers that start-up code sets make of the oscillator, by the vendors' formulas.

No emulator here has these registers. The formulas are those of the reference manuals (RM0390, RM0090, RM0041, RM0351,
RM0456), of the data sheets of RP2040, RP2350 and SAM D21, and of Renesas FSP's bsp_clocks.h; bits are those of the
vendors' headers. The baud rate that a driver makes of the UART's clock is computed from what it writes to memory, which
stands where the registers are.
"""

import re
import subprocess
from pathlib import Path

import pytest
from firmware_models import FIRMWARE, needs

from ecgprune.board import find_board, known_boards

HSI, CRYSTAL = 16e6, 12e6


def written(text):
    """Registers by address after a list of board.mk, each bit that is waited for set."""
    registers, awaited = {}, {}
    for entry in re.findall(r"{([^}]*)}", text):
        address, clear, bits, wait = ([int(number, 0) for number in entry.split(",")] + [0, 0])[:4]
        registers[address] = registers.get(address, 0) & ~clear | bits
        awaited[address] = awaited.get(address, 0) | wait
    return registers, awaited


def field(value, at, width):
    return value >> at & (1 << width) - 1


def apb(value, at):
    """The divider of a bus: 0xx is 1, 100 is 2, …, 111 is 16."""
    bits = field(value, at, 3)
    return 2 ** (bits - 3) if bits & 4 else 1


def stm32f4(registers, awaited, vco_most=432e6):
    """SYSCLK and the wait states of its flash; its two buses."""
    pll, config, flash = registers[0x40023804], registers[0x40023808], registers[0x40023C00]
    entry = HSI / field(pll, 0, 6)
    vco = entry * field(pll, 6, 9)
    assert (field(pll, 22, 1), 1e6 <= entry <= 2e6, 100e6 <= vco <= vco_most) == (0, True, True)
    assert vco / field(pll, 24, 4) <= 48e6, "the clock of USB, SDIO and the random numbers"
    assert registers[0x40007000] & 0xC000, "scale 1 of the supply"
    assert (field(config, 0, 2), awaited[0x40023808]) == (2, 0x8), "SYSCLK is the PLL's"
    clock = vco / (2, 4, 6, 8)[field(pll, 16, 2)]
    first, second = clock / apb(config, 10), clock / apb(config, 13)
    assert (first <= 45e6, second <= 90e6) == (True, True), "APB1 and APB2"
    return clock, field(flash, 0, 4), 30e6, (first, second)


def stm32f1(registers, awaited):
    config = registers[0x40021004]
    assert (field(config, 16, 1), field(config, 0, 2), awaited[0x40021004]) == (0, 2, 0x8)
    clock = 8e6 / 2 * (field(config, 18, 4) + 2)
    return clock, 0, 24e6, (clock, clock)


def stm32l4(registers, awaited):
    pll = registers[0x4002100C]
    vco = HSI / (field(pll, 4, 3) + 1) * field(pll, 8, 7)
    assert (field(pll, 0, 2), field(pll, 24, 1), 64e6 <= vco <= 344e6) == (2, 1, True)
    assert (field(registers[0x40021008], 0, 2), awaited[0x40021008], awaited[0x40021000]) == (3, 0xC, 0x2000400)
    return vco / (2 * field(pll, 25, 2) + 2), field(registers[0x40022000], 0, 3), 16e6, (HSI,)


def stm32u5(registers, awaited):
    pll, dividers = registers[0x46020C28], registers[0x46020C34]
    entry = HSI / (field(pll, 8, 4) + 1)
    vco = entry * (field(dividers, 0, 9) + 1)
    assert (field(pll, 0, 2), field(pll, 2, 2), field(pll, 18, 1)) == (2, 3, 1)
    assert 8e6 <= entry <= 16e6
    assert 128e6 <= vco <= 544e6
    assert awaited[0x4602080C] == 0xC000, "range 1 of the supply, and its booster"
    assert (field(registers[0x46020C1C], 0, 2), awaited[0x46020C1C], registers[0x46020C20]) == (3, 0xC, 0)
    return vco / (field(dividers, 24, 7) + 1), field(registers[0x40022000], 0, 4), 32e6, (HSI,)


def rp2(registers, awaited, pll, clocks, resets, bit):
    """The RP2040 and the RP2350: their flash is behind a divider of its own."""
    vco = CRYSTAL / field(registers[pll], 0, 6) * field(registers[pll + 8], 0, 12)
    first, second = field(registers[pll + 12], 16, 3), field(registers[pll + 12], 12, 3)
    assert first >= second > 0
    assert 750e6 <= vco <= 1600e6
    assert registers[pll + 4] & 0x29 == 0, "nothing of it is powered down"
    assert (awaited[pll], awaited[resets + 8] & bit, registers[resets] & bit) == (1 << 31, bit, 0)
    assert (registers[clocks + 0x3C] & 0xE1, awaited[clocks + 0x44]) == (1, 0x1 | 0x2)
    return vco / first / second, 0, None, (CRYSTAL,)


def samd21(registers, awaited):
    """FDPLL96M from OSC8M; of generic clocks 0 and 3, what is written last counts: that of the core."""
    assert registers[0x40000C02] == 1 << 14 | 3 << 8 | 1, "CLKEN, generator 3, FDPLL"
    assert (field(registers[0x4000084C], 4, 2), registers[0x40000844] & 0x82, awaited[0x40000850]) == (2, 2, 3)
    reference = 8e6 / 4
    assert 32e3 <= reference <= 2e6
    clock = reference * (field(registers[0x40000848], 0, 12) + 1)
    assert 48e6 <= clock <= 96e6
    assert (field(registers[0x40000C04], 8, 5), field(registers[0x40000C04], 0, 4)) == (8, 0), "the core's is FDPLL"
    return clock, field(registers[0x41004004], 1, 4), 24e6, (clock,)


def ra8(registers, awaited):
    """The flash is behind ICLK."""
    pll, outputs, dividers = registers[0x4001E028], registers[0x4001E04C], registers[0x4001E020]
    entry = 20e6 / (field(pll, 0, 2) + 1)
    vco = entry * (field(pll, 8, 8) + 1)
    assert (field(pll, 4, 1), 6e6 <= entry <= 12e6, 640e6 <= vco <= 1440e6) == (0, True, True)
    assert awaited[0x4001E03C] == 0x8 | 0x20, "crystal and PLL are stable"
    assert (registers[0x4001E026], registers[0x4001E024]) == (5, 0), "PLL1P, and the core's divider is 1"
    source = vco / (field(outputs, 0, 4) + 1)
    iclk, peripherals = source / 2 ** field(dividers, 24, 4), [source / 2 ** field(dividers, at, 4) for at in (0, 12)]
    assert iclk <= 240e6
    assert max(peripherals) <= 120e6, "PCLKA and PCLKD"
    return source, field(registers[0x4001C11C], 0, 3), None, (source / 4,)


def last_of_generator(text, register, identity):
    """What a list of the SAM D21 writes to GENDIV or GENCTRL of a generic clock."""
    values = [int(value, 0) for at, value in re.findall(r"{(\w+), \w+, (\w+)", text) if int(at, 0) == register]
    return [value for value in values if value & 0xF == identity][-1]


FAMILIES = {
    "nucleo_f446re": stm32f4,
    "stm32f4_disco": stm32f4,
    "netduinoplus2": stm32f4,
    "stm32vldiscovery": stm32f1,
    "nucleo_l476rg": stm32l4,
    "nucleo_u575zi_q": stm32u5,
    "nano33iot": samd21,
    "ek_ra8d1": ra8,
    "rpi_pico": lambda *lists: rp2(*lists, 0x40028000, 0x40008000, 0x4000C000, 0x1000),
    "rpi_pico2": lambda *lists: rp2(*lists, 0x40050000, 0x40010000, 0x40020000, 0x4000),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_registers_that_start_up_code_sets_make_the_stated_clock_and_that_of_the_uart(name):
    board = find_board(name)
    clock, wait_states, per_wait_state, buses = FAMILIES[name](*written(board.setup))
    assert clock == board.clock_hz == board.clock_max_hz
    assert per_wait_state is None or clock <= (wait_states + 1) * per_wait_state
    assert int(setting(board, "CLOCK_HZ")) in buses


def test_the_reference_of_the_sam_d21s_pll_is_a_quarter_of_its_oscillator():
    setup = find_board("nano33iot").setup
    assert last_of_generator(setup, 0x40000C08, 3) == 4 << 8 | 3
    assert last_of_generator(setup, 0x40000C04, 3) == 1 << 16 | 6 << 8 | 3, "from OSC8M, on"
    assert last_of_generator(setup, 0x40000C08, 0) == 0


def test_the_ra8d1_has_the_wait_states_of_its_bus_and_pauses_at_each_step_to_its_clock():
    """bsp_feature.h: from 192 MHz on 4 wait states; bsp_clocks.c: 150 us after SCKSCR and after CPUCLK's divider."""
    entries = re.findall(r"{([^}]*)}", find_board("ek_ra8d1").setup)
    steps = [[int(number, 0) for number in entry.split(",")] for entry in entries]
    assert [step[:3] for step in steps if step[0] in (0, 0x4001E024, 0x4001E026)] == [
        [0x4001E024, 0xF, 1], [0x4001E026, 7, 5], [0, 0, 150 * 240], [0x4001E024, 0xF, 0], [0, 0, 150 * 480],
    ]  # fmt: skip
    assert ra8(*written(find_board("ek_ra8d1").setup))[1] == 4


# What the driver of each kind leaves in its registers, to a baud rate.
BAUD = {
    "stm32": lambda at, clock: clock / at[0x08],
    "stm32_isr": lambda at, clock: clock / at[0x0C],
    "pl011": lambda at, clock: clock / (16 * at[0x24] + at[0x28] / 4),
    "nrf51": lambda at, clock: at[0x524] * clock / 2**32,
    "sercom": lambda at, clock: clock / 16 * (1 - (at[0x0C] & 0xFFFF) / 65536),
    "sci_b": lambda at, clock: clock / (8 * 4 ** field(at[0x10], 20, 2) * (field(at[0x10], 8, 8) + 1)),
}
HOST = """
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "uart_driver.h"
void ecgp_uart_received(uint8_t byte) { (void)byte; }
void ecgp_uart_lost(void) {}
void ecgp_uart_transmit(void) {}
static void memory(uintptr_t at)
{
    if (mmap((void *)(at & ~(uintptr_t)4095), 4096, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED) {
        exit(1);
    }
}
int main(int argc, char **argv)
{
    memory(ECGP_UART_BASE);
    memory(0x40000C00u); /* GCLK of the SAM D21 */
    ecgp_uart_driver_init((uint32_t)atoi(argv[argc - 1]));
    for (uintptr_t at = 0; at < 0x530u; at += 4u) {
        printf("%u ", (unsigned)ECGP_UART_REGISTER(at));
    }
    return 0;
}
"""


@pytest.mark.parametrize("kind", BAUD)
def test_a_driver_makes_the_baud_rate_of_its_clock(kind, tmp_path):
    needs("cc")
    boards = [board for board in known_boards().values() if board.uart == kind]
    assert boards
    (tmp_path / "host.c").write_text(HOST)
    platform = FIRMWARE / "platform"
    for clock in sorted({int(setting(board, "CLOCK_HZ")) for board in boards}):
        flags = ["-DECGP_UART_BASE=0x40032000u", f"-DECGP_UART_CLOCK_HZ={clock}u"]
        flags += [f"-DECGP_UART_{name}={n}" for n, name in enumerate(("IRQ", "TX_IRQ", "ERROR_IRQ"))]
        words = ["cc", "-std=c99", "-Wall", "-Werror", f"-I{platform}", *flags]
        subprocess.run([*words, platform / f"uart_{kind}.c", "host.c", "-o", "host"], cwd=tmp_path, check=True)
        for wanted in (9600, 115200, 230400):
            done = subprocess.run(["./host", str(wanted)], cwd=tmp_path, check=True, capture_output=True, text=True)
            registers = {4 * n: int(value) for n, value in enumerate(done.stdout.split())}
            assert BAUD[kind](registers, clock) == pytest.approx(wanted, rel=0.012), clock


def setting(board, name):
    """A setting of the board's UART in board.mk."""
    return re.search(rf"^ECGP_UART_{name}\s*:= (\w+)", (board.folder / "board.mk").read_text(), re.MULTILINE)[1]


def test_one_part_runs_slower_than_it_can_and_the_guide_says_why():
    slow = {name for name, board in known_boards().items() if board.clock_hz < (board.clock_max_hz or 0)}
    assert slow == {"apollo4p_evb"}
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "board.md").read_text()
    assert "The Apollo4 alone runs slower than it can, at 96 MHz of 192" in guide


def test_energy_goes_by_currents_that_name_their_source():
    stated = {name: board.operating_point for name, board in known_boards().items() if board.operating_point.ua_per_mhz}
    assert set(stated) == {
        "apollo4p_evb", "nano33ble", "nano33iot", "netduinoplus2", "nrf52840dk", "nucleo_l476rg", "nucleo_u575zi_q",
        "stm32f4_disco",
    }  # fmt: skip
    documents = "data sheet|product page|Product Specification"
    assert all(re.search(documents, point.current_source) for point in stated.values())
    assert stated["nrf52840dk"].ua_per_mhz * 64 == pytest.approx(3300, rel=0.01)
    assert stated["nano33iot"].ua_per_mhz * 48 == pytest.approx(6500, rel=0.01)
    assert stated["nucleo_u575zi_q"].ua_per_mhz * 160 == pytest.approx(7150, rel=0.01)
    assert stated["stm32f4_disco"].ua_per_mhz * 168 == pytest.approx(40_000, rel=0.01)
