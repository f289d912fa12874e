"""The UART of the emulated boards: bytes arrive by interrupt; what the ring cannot hold is counted."""

import random
import socket
import subprocess

import pytest
from firmware_models import ON_QEMU, TESTS, built_program, make, needs_qemu

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
