"""Model folders and vector files for tests of the firmware: the hand-written model of tests/support/c/tiny_model."""

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ecgprune.board import BuildOptions, Image, build_image, find_board
from ecgprune.board.tools import build_environment, find_mca

TESTS = Path(__file__).parent
FIRMWARE = TESTS.parents[1] / "firmware"
CORES_ON_QEMU = ["microbit", "mps2_an385", "mps2_an386", "mps2_an500", "mps2_an505", "mps3_an547"]  # one of each core
ON_QEMU = [*CORES_ON_QEMU, "netduinoplus2", "stm32vldiscovery"]


def needs(*programs: str) -> None:
    """Skips the test where a program is not installed, and fails it where CI=true."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        why = f"not installed: {', '.join(missing)}"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)


def needs_qemu() -> None:
    needs("make", "cc", "arm-none-eabi-gcc", "arm-none-eabi-objdump", "qemu-system-arm")


def needs_mca() -> None:
    if find_mca() is None:
        needs("llvm-mca-19")


def tiny_vectors(count: int, wrong: dict[int, int] | None = None) -> tuple[bytes, bytes]:
    """(vectors.bin, the outputs): 8 bytes in, each plus 1 out; `wrong`: vector -> expected byte that is wrong."""
    draw = random.Random(1)
    vectors, outputs = struct.pack("<4sIII", b"EPV1", count, 8, 8), b""
    for index in range(count):
        given = bytes(draw.randrange(256) for _ in range(8))
        expected = bytearray((byte + 1) % 256 for byte in given)
        outputs += expected
        if wrong and index in wrong:
            expected[wrong[index]] ^= 1
        vectors += given + expected
    return vectors, outputs


def tiny_model(folder: Path, *defines: str, count: int = 5, wrong: dict[int, int] | None = None) -> Path:
    """A copy of the tiny model in `folder` with these macros defined, and `count` vectors."""
    shutil.copytree(TESTS / "c" / "tiny_model", folder)
    header = folder / "tiny.h"
    header.write_text("".join(f"#define {define}\n" for define in defines) + header.read_text())
    (folder / "vectors.bin").write_bytes(tiny_vectors(count, wrong)[0])
    return folder


def built(folder: Path, board: str, *defines: str, **options: Any) -> Image:
    """The tiny model with these macros as an image; options: those of `BuildOptions`."""
    return build_image(tiny_model(folder / "model", *defines), board, folder / "out", BuildOptions(**options))


def built_program(folder: Path, board: str, files: Iterable[Path], *words: str) -> Path:
    """A program of these C files and headers in place of the harness, built for a board. Returns its folder."""
    (folder / "app").mkdir()
    for file in files:
        shutil.copy(file, folder / "app")
    out, model = folder / "out", tiny_model(folder / "model")
    command = ["make", "-C", FIRMWARE, f"BOARD={board}", f"MODEL_DIR={model}", f"OUT={out}", f"APP={folder / 'app'}"]
    made = subprocess.run([*command, *words], capture_output=True, text=True, env=build_environment())
    assert made.returncode == 0, made.stderr
    return out


def run_program(out: Path, board: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs the program of `built_program` on QEMU, with further options of QEMU's."""
    command = ["qemu-system-arm", "-M", str(find_board(board).machine), "-display", "none", "-monitor", "none"]
    command += ["-serial", "none", "-kernel", "firmware.elf", "-semihosting-config", "enable=on,target=native"]
    return subprocess.run([*command, *options], cwd=out, timeout=1800, capture_output=True, text=True)


def path_without(folder: Path, *programs: str) -> str:
    """A PATH on which everything is but these programs."""
    folder.mkdir()
    for directory in os.environ["PATH"].split(os.pathsep):
        for program in Path(directory).glob("*") if Path(directory).is_dir() else ():
            link = folder / program.name
            if not link.exists() and not any(program.name.startswith(prefix) for prefix in programs):
                link.symlink_to(program)
    return str(folder)


def make(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", "-C", FIRMWARE, *words],
        capture_output=True,
        text=True,
        timeout=1800,
        env={**build_environment(), **env},
    )
