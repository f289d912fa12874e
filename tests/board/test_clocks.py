"""Clocks of real boards: what the registers that start-up code sets make of the oscillator, by the vendors' formulas.

No emulator here has these registers. The formulas are those of the reference manuals (RM0390, RM0090, RM0041, RM0351,
RM0456) and of the RP2040's and RP2350's data sheets; bits are those of the vendors' headers.
"""

import re
from pathlib import Path

import pytest

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
    return clock, field(flash, 0, 4), 30e6, (clock / apb(config, 10), clock / apb(config, 13))


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


FAMILIES = {
    "nucleo_f446re": stm32f4,
    "stm32f4_disco": stm32f4,
    "netduinoplus2": stm32f4,
    "stm32vldiscovery": stm32f1,
    "nucleo_l476rg": stm32l4,
    "nucleo_u575zi_q": stm32u5,
    "rpi_pico": lambda *lists: rp2(*lists, 0x40028000, 0x40008000, 0x4000C000, 0x1000),
    "rpi_pico2": lambda *lists: rp2(*lists, 0x40050000, 0x40010000, 0x40020000, 0x4000),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_registers_that_start_up_code_sets_make_the_stated_clock_and_that_of_the_uart(name):
    board = find_board(name)
    clock, wait_states, per_wait_state, buses = FAMILIES[name](*written(board.setup))
    assert clock == board.clock_hz == board.clock_max_hz
    assert per_wait_state is None or clock <= (wait_states + 1) * per_wait_state
    mk = (board.folder / "board.mk").read_text()
    assert int(re.search(r"ECGP_UART_CLOCK_HZ := (\d+)", mk)[1]) in buses
    assert all(bus <= most for bus, most in zip(buses, (45e6, 90e6), strict=False)), "APB1 and APB2"


def test_three_parts_run_slower_than_they_can_and_the_guide_names_them():
    slow = {name for name, board in known_boards().items() if board.clock_hz < (board.clock_max_hz or 0)}
    assert slow == {"apollo4p_evb", "ek_ra8d1", "nano33iot"}
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "board.md").read_text()
    assert "the Apollo4 in its low-power mode, `nano33iot` and `ek_ra8d1` at the oscillator" in guide


def test_energy_goes_by_currents_that_name_their_source():
    stated = {name: board.operating_point for name, board in known_boards().items() if board.operating_point.ua_per_mhz}
    assert set(stated) == {
        "apollo4p_evb", "nano33ble", "netduinoplus2", "nrf52840dk", "nucleo_l476rg", "nucleo_u575zi_q", "stm32f4_disco",
    }  # fmt: skip
    documents = "data sheet|product page|Product Specification"
    assert all(re.search(documents, point.current_source) for point in stated.values())
    assert stated["nrf52840dk"].ua_per_mhz * 64 == pytest.approx(3300, rel=0.01)
    assert stated["nucleo_u575zi_q"].ua_per_mhz * 160 == pytest.approx(7150, rel=0.01)
    assert stated["stm32f4_disco"].ua_per_mhz * 168 == pytest.approx(40_000, rel=0.01)
