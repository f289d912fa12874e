"""Vectors on a connected board: an emulated one behind a pty, and this machine's over a line that damages bytes."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tty

import pytest
from cli_calls import call, refused, small_tflite
from firmware_models import FIRMWARE, needs, needs_qemu

from ecgprune.artifacts import no_progress
from ecgprune.board import find_board, known_boards, probe, serial_port, target
from ecgprune.board.target import TargetSession
from ecgprune.errors import ExitCode, FirmwareError
from ecgprune.pipeline import on_target

PACKS = [
    "amap42kp-kbr", "r7fa8d1bh", "stm32f100rbtx", "stm32f405rgtx", "stm32f407vgtx", "stm32f446retx", "stm32l476rgtx",
    "stm32u575zitx",
]  # fmt: skip
"""pyOCD's names that come with CMSIS packs, which pyOCD fetches; docs/guide/connected-board.md names them."""
pytestmark = pytest.mark.xdist_group("on_target")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A .tflite of one operator."""
    file = tmp_path_factory.mktemp("a model") / "small.tflite"  # with a blank
    file.write_bytes(small_tflite(size=70))
    return file


@pytest.fixture(scope="module")
def host_program(model):
    """The program that runs vectors, built for this machine."""
    needs("make", "cc")
    return on_target.build(on_target.find(str(model)), find_board("host"), model.parent, 115_200).path


@contextlib.contextmanager
def running(program, spoil=None):
    """The name of a port that a program on this machine is behind; spoil(n, byte): what becomes of the n-th byte."""
    ours, port = os.openpty()
    tty.setraw(port)
    line, theirs = socket.socketpair()
    process = subprocess.Popen([program], stdin=theirs, stdout=theirs)
    theirs.close()

    def carry(read, write):
        count = 0
        while data := read(4096):
            for byte in data:
                count += 1
                write(spoil(count, bytes([byte])) if spoil else bytes([byte]))

    def from_port(size):
        try:
            return os.read(ours, size)
        except OSError:
            return b""

    threads = [
        threading.Thread(target=carry, args=(from_port, line.sendall), daemon=True),
        threading.Thread(target=carry, args=(line.recv, lambda data: data and os.write(ours, data)), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield os.ttyname(port)
    finally:
        process.kill()
        process.wait()
        line.close()
        os.close(port)
        os.close(ours)


def run_on(session):
    for number in range(1000):
        session.run(number, bytes(70))
        time.sleep(0.01)


def test_an_emulated_board_behind_a_pty_gives_tflms_bytes_and_claims_no_cycles(model, tmp_path):
    needs_qemu()
    image, out = tmp_path / "image", tmp_path / "out"
    done = call("flash", model, "--board", "mps2_an386", "--out", image)
    assert done.exit_code == 0, done.stderr
    emulate = re.search(r"^emulate it: (.*); it prints its PORT$", done.stdout, re.MULTILINE)[1]
    words = shlex.split(emulate.replace("-monitor none", "-monitor unix:monitor,server=on,wait=off"))
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as qemu:
        try:
            port = re.search(r"/dev/\S+", qemu.stdout.readline())[0]
            done = call("verify", model, "--on-target", port, "--vectors", 4, "--out", out)
            assert done.exit_code == 0, done.stderr
            lines = done.stdout.splitlines()
            assert lines[0].startswith(f"mps2_an386 (Cortex-M4) on {port}: run by an emulator, 20")
            assert lines[1] == "outputs: 280 bytes of 4 vectors, equal to TFLM's"
            assert lines[2] == "cycles: not measured, an emulator's timer says nothing"
            (entry,) = json.loads((out / "on-target.json").read_text())["measurements"]
            assert (entry["measured_on"], entry["cycles"], entry["same_build"]) == ("emulator", None, True)
            assert entry["counter"] == "SysTick"  # QEMU has no DWT
            assert entry["measured_by"] == "the user"
            assert 100 < entry["stack_bytes"] < 2048

            said = refused("verify", "small", "--on-target", port, code=ExitCode.FIRMWARE)
            assert f"the board on {port} runs another model, ecg (SHA-256 {entry['model']['sha256'][:16]})" in said
            assert said.endswith("write it: ecgprune flash small --board mps2_an386")

            with serial_port.opened(port, 115_200) as line:
                session = TargetSession(line, port, 115_200)
                session.connect()
                with socket.socket(socket.AF_UNIX) as monitor:
                    monitor.connect(str(tmp_path / "monitor"))
                    monitor.sendall(b"system_reset\n")
                    with pytest.raises(FirmwareError, match=r"^the board on \S+ was reset in the middle \(its button"):
                        run_on(session)
            with serial_port.opened(port, 115_200) as line:
                session = TargetSession(line, port, 115_200)
                session.connect()
                qemu.kill()
                with pytest.raises(FirmwareError, match=r"^/dev/\S+ is gone: the board was unplugged, or its emulator"):
                    session.run(0, bytes(70))
        finally:
            qemu.kill()


def test_bytes_that_the_line_loses_or_damages_cost_time_and_no_byte(model, host_program, monkeypatch):
    monkeypatch.setattr(target, "_RETRY_S", 0.2)

    def spoil(count, byte):
        return b"" if count % 301 == 0 else bytes([byte[0] ^ 4]) if count % 401 == 0 else byte

    with running(host_program, spoil) as port:
        entry = on_target.measure(on_target.find(str(model)), port, 115_200, 20, no_progress)
    assert entry["bit_exact"]
    assert entry["vectors"] == 20
    assert entry["resent_frames"] > 3
    assert entry["damaged_frames"] > 0
    assert (entry["measured_on"], entry["counter"], entry["cycles"]) == ("unknown", "none", None)


def test_a_wrong_byte_is_named_and_kept_and_fails(model, host_program, tmp_path, monkeypatch):
    vectors = on_target._vectors

    def one_wrong(*words):
        found, made = vectors(*words)
        found.outputs[2, 5] ^= 1
        return found, made

    monkeypatch.setattr(on_target, "_vectors", one_wrong)
    with running(host_program) as port:
        done = call("verify", model, "--on-target", port, "--vectors", 3, "--out", tmp_path)
    assert done.exit_code == ExitCode.VERIFICATION
    assert "host on" in done.stderr
    assert "differs from TensorFlow Lite Micro: vector 2, output byte 5 is " in done.stderr
    assert "outputs: 210 bytes of 3 vectors, 1 DIFFER to TFLM's" in done.stdout
    (entry,) = json.loads((tmp_path / "on-target.json").read_text())["measurements"]
    assert entry["first_mismatch"]["vector"] == 2


def test_a_port_without_the_program_is_one_line(model, tmp_path, monkeypatch):
    def said(port, *more):
        return refused("verify", model, "--on-target", port, *more, code=ExitCode.FIRMWARE)

    monkeypatch.setattr(target, "_ANSWER_S", 0.3)
    monkeypatch.setattr(target, "_RETRY_S", 0.1)
    none, file = tmp_path / "ttyX", tmp_path / "file"
    file.touch()
    assert said(none).startswith(f"cannot open {none}: there is no such port; ")
    assert said(file).startswith(f"cannot open {file}: it is no serial port; ")
    ours, port = os.openpty()
    tty.setraw(port)
    name = os.ttyname(port)
    assert said(name) == (
        f"nothing answers on {name} at 115200 baud; write the program that takes vectors to the board: "
        "ecgprune flash MODEL --board BOARD"
    )
    with serial_port.opened(name, 9600):
        assert "another program holds it" in said(name)
    os.set_blocking(ours, False)
    noise = threading.Event()

    def speak():
        while not noise.wait(0.01):
            os.write(ours, b"\xf8\x00\x78\x06\x80\x00")

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        assert said(name, "--baud", 9600).startswith(
            f"{name} sends bytes that are no frames of ecgprune's at 9600 baud: its image has another --baud, or is "
        )
    finally:
        noise.set()
        speaker.join()
        os.close(ours)
        os.close(port)
    done = call("verify", model, "--on-target", none, "--board", "host")
    assert "--board does not go with --on-target" in done.stderr
    assert "Missing option '--out'" in call("verify", model).stderr


def test_what_writes_a_board_is_told_in_one_line(model, tmp_path):
    said = refused("flash", model, "--board", "nrf52840dk", code=ExitCode.FIRMWARE)
    assert said.startswith("no debug probe is connected: looked for CMSIS-DAP (DAPLink, MCU-Link, Debugprobe), ST-LINK")
    said = refused("flash", model, "--board", "nrf52840dk", "--probe", "0669FF", code=ExitCode.FIRMWARE)
    assert said.startswith("no debug probe whose id has 0669FF in it is connected")
    if not probe_knows("stm32f446retx"):
        assert refused("flash", model, "--board", "nucleo_f446re", code=ExitCode.TOOL_MISSING) == (
            "pyOCD knows no stm32f446retx, the part of nucleo_f446re, without its CMSIS pack: "
            "pyocd pack install stm32f446retx"
        )
    assert "no debug probe writes mps2_an386; --out FOLDER" in call("flash", model, "--board", "mps2_an386").stderr
    mine = tmp_path / "mine"
    shutil.copytree(FIRMWARE / "boards" / "nrf52840dk", mine)
    settings = (mine / "board.mk").read_text().splitlines(keepends=True)
    (mine / "board.mk").write_text("".join(line for line in settings if "UART" not in line))
    said = refused("flash", model, "--board", mine)
    assert said == "board mine has no UART in its board.mk (ECGP_UART); vectors cannot reach it"
    said = refused("flash", tmp_path / "none", "--board", "nrf52840dk")
    assert said.startswith(f"no model {tmp_path / 'none'}: expected a shipped model")


def probe_knows(name):
    from pyocd.target.pack.pack_target import ManagedPacks

    return name in {part.part_number.lower() for part in ManagedPacks.get_installed_targets()}


def test_pyocd_knows_the_part_of_every_board_by_itself_or_with_a_pack_that_the_guide_names():
    from pyocd.board.board_ids import BOARD_ID_TO_INFO
    from pyocd.target import TARGET

    names = {board.pyocd.lower() for board in known_boards().values() if board.pyocd}
    assert sorted(names - set(TARGET)) == PACKS
    elsewhere = {"amap42kp-kbr", "r7fa8d1bh", "stm32f100rbtx"}  # the others are in pyOCD's table of boards
    assert set(PACKS) - {board.target for board in BOARD_ID_TO_INFO.values()} == elsewhere
    guide = (FIRMWARE.parent / "docs/guide/connected-board.md").read_text().lower()
    assert [name for name in PACKS if name not in guide] == []
    assert probe.check_target(find_board("nrf52840dk")) == "nrf52840"


def test_a_board_without_a_probe_gets_its_files_and_is_told_what_to_do(model, tmp_path):
    needs("make", "arm-none-eabi-gcc", "arm-none-eabi-objdump", "arm-none-eabi-objcopy")
    out = tmp_path / "pico"
    done = call("flash", model, "--board", "rpi_pico", "--out", out, "--baud", 57600)
    assert done.exit_code == 0, done.stderr
    assert f"hold BOOTSEL while you plug the board in, then copy {out / 'firmware.uf2'} to its drive" in done.stdout
    assert "write it: openocd " in done.stdout
    assert done.stdout.splitlines()[-1].endswith("--on-target PORT --baud 57600")
    assert (out / "firmware.uf2").stat().st_size % 512 == 0
    assert (out / "firmware.hex").is_file()


def test_monitor_shows_what_arrives_sends_what_is_typed_and_ends_with_0():
    ours, port = os.openpty()
    tty.setraw(port)
    words = [sys.executable, "-m", "ecgprune", "monitor", os.ttyname(port)]
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, **options) as text, contextlib.ExitStack() as stack:
        stack.callback(text.kill)
        assert text.stderr.readline().endswith(b" at 115200 baud; Ctrl-C ends\n")
        os.write(ours, b"ready \xff\n")
        assert text.stdout.readline() == "ready \ufffd\n".encode()
        text.stdin.write(b"go\n")
        text.stdin.flush()
        assert os.read(ours, 3) == b"go\n"
        text.send_signal(signal.SIGINT)
        assert text.wait(60) == 0
    with subprocess.Popen([*words, "--hex"], **options) as digits, contextlib.ExitStack() as stack:
        stack.callback(digits.kill)
        digits.stderr.readline()
        os.write(ours, bytes(range(17)))
        assert digits.stdout.readline() == b"00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n"
        assert digits.stdout.read(3) == b"10 "
    os.close(port)
    os.close(ours)


def test_monitor_without_a_port_lists_the_ports():
    done = call("monitor")
    assert done.exit_code == 0
    names = [name for name, _ in serial_port.port_names()]
    assert all(name in done.stdout for name in names) if names else done.stdout == "no serial port is connected\n"


def test_without_the_extra_one_line_names_it(model, tmp_path, monkeypatch):
    wanted = "".join(f"Requires-Dist: {name}; extra == 'flash'\n" for name in ("pyocd>=0.45", "pyserial>=3.5"))
    (tmp_path / "ecgprune-0.1.0.dist-info").mkdir()
    (tmp_path / "ecgprune-0.1.0.dist-info" / "METADATA").write_text(f"Name: ecgprune\nVersion: 0.1.0\n{wanted}")
    monkeypatch.syspath_prepend(tmp_path)
    for module, package, words in (
        ("pyocd", "pyocd", ("flash", model, "--board", "nrf52840dk")),
        ("serial", "pyserial", ("monitor", "/dev/ttyACM0")),
    ):
        (tmp_path / f"{module}.py").write_text(f"raise ModuleNotFoundError('blocked', name={module!r})\n")
        for loaded in [name for name in sys.modules if name.partition(".")[0] == module]:
            monkeypatch.delitem(sys.modules, loaded)
        said = refused(*words, code=ExitCode.TOOL_MISSING)
        assert said == f'the Python package {package} is not installed: pip install "ecgprune[flash]"'
