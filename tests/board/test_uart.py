"""The UART of the emulated boards: bytes arrive by interrupt; what the ring cannot hold is counted."""

import random
import re
import socket
import subprocess

import pytest
from firmware_models import FIRMWARE, ON_QEMU, TESTS, built_program, make, needs, needs_qemu

from ecgprune.board import find_board

RING, WINDOW = 256, 128
KINDS = ["mps2_an386", "mps3_an547", "netduinoplus2", "microbit", str(TESTS / "boards" / "lm3s6965evb")]


def test_every_board_of_qemu_has_a_uart():
    assert {name: find_board(name).uart for name in ON_QEMU} == {
        **dict.fromkeys(["mps2_an385", "mps2_an386", "mps2_an500", "mps2_an505", "mps3_an547"], "cmsdk"),
        **dict.fromkeys(["netduinoplus2", "stm32vldiscovery"], "stm32"),
        "microbit": "nrf51",
    }


@pytest.mark.parametrize("board", KINDS, ids=lambda board: board.rpartition("/")[2])
def test_the_ring_holds_what_arrives_and_counts_what_it_cannot_hold(board, tmp_path):
    needs_qemu()
    app = TESTS / "c" / "echo"
    out = built_program(tmp_path, board, [app / "main.c", app / "app.mk"])
    draw = random.Random(1)
    first, more = draw.randbytes(RING + 2), draw.randbytes(1000)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(out / "uart"))
        server.listen(1)
        words = ["qemu-system-arm", "-M", find_board(board).machine, "-display", "none", "-monitor", "none"]
        qemu = subprocess.Popen([*words, "-serial", "unix:uart", "-kernel", "firmware.elf"], cwd=out)
        try:
            line, _ = server.accept()
            with line:
                line.settimeout(60)
                assert received(line, 5) == b"ready"
                line.sendall(first)
                assert received(line, 1) == bytes([2])
                assert received(line, RING) == first[:RING]
                for at in range(0, len(more), WINDOW):
                    part = more[at : at + WINDOW]
                    line.sendall(part)
                    assert received(line, len(part)) == part
        finally:
            qemu.kill()
            qemu.wait()


def received(line, count):
    found = b""
    while len(found) < count:
        some = line.recv(count - len(found))
        assert some, found
        found += some
    return found


def test_a_board_without_a_uart_is_refused_in_words(tmp_path):
    done = make("BOARD=mps2_an386", "ECGP_UART=", f"APP={TESTS / 'c' / 'echo'}", f"OUT={tmp_path / 'out'}", "all")
    assert done.returncode != 0
    assert "needs a UART, and BOARD 'mps2_an386' has no ECGP_UART in its board.mk" in done.stderr


SCI_B = """
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include "uart_driver.h"
#define AT(address) (*(volatile uint32_t *)(uintptr_t)(address))
void IRQ0_Handler(void);
void IRQ1_Handler(void);
void IRQ2_Handler(void);
void ecgp_uart_received(uint8_t byte) { printf("received %u\\n", (unsigned)byte); }
void ecgp_uart_lost(void) { printf("lost\\n"); }
void ecgp_uart_transmit(void) { printf("transmit\\n"); }
static int memory(uintptr_t at)
{
    return mmap((void *)at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)
        == MAP_FAILED;
}
int main(void)
{
    if (memory(0x40358000u) || memory(0x4000C000u)) {
        return 1;
    }
    AT(0x4000C300u) = 0x10163u; /* IELSR0 to 2: the event, and IR */
    AT(0x4000C304u) = 0x10164u;
    AT(0x4000C308u) = 0x10166u;
    AT(0x40358900u) = 0x41u;       /* RDR */
    AT(0x40358948u) = 0x21000000u; /* CSR: TDRE, ORER */
    IRQ0_Handler();
    printf("cleared %x\\n", (unsigned)AT(0x40358968u));
    AT(0x40358948u) = 0x10000000u; /* FER */
    IRQ2_Handler();
    printf("cleared %x\\n", (unsigned)AT(0x40358968u));
    IRQ1_Handler();
    printf("events %x %x %x\\n", (unsigned)AT(0x4000C300u), (unsigned)AT(0x4000C304u), (unsigned)AT(0x4000C308u));
    printf("ready %d\\n", ecgp_uart_driver_ready());
    ecgp_uart_driver_notify(true);
    ecgp_uart_driver_send(7u);
    printf("control %x, data %x\\n", (unsigned)AT(0x40358908u), (unsigned)AT(0x40358904u));
    return 0;
}
"""


def test_the_driver_of_the_ra8_takes_events_back_and_loses_no_count_of_what_was_lost(tmp_path):
    """No emulator has an RA8: memory stands where its registers are."""
    needs("cc")
    (tmp_path / "host.c").write_text(SCI_B)
    mk = (find_board("ek_ra8d1").folder / "board.mk").read_text()
    flags = [f"-D{name}={value}" for name, value in re.findall(r"^(ECGP_UART_(?!SETUP)\w+)\s*:= (0?x?\w+)$", mk, re.M)]
    words = ["cc", "-std=c99", "-Wall", "-Werror", f"-I{FIRMWARE / 'platform'}", *flags]
    subprocess.run([*words, FIRMWARE / "platform" / "uart_sci_b.c", "host.c", "-o", "host"], cwd=tmp_path, check=True)
    said = subprocess.run(["./host"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.splitlines()
    assert said == [
        "received 65", "lost", "cleared 1000000",
        "cleared 10000000",
        "transmit", "events 163 164 166",
        "ready 0", "control 110011, data 7",
    ]  # fmt: skip
