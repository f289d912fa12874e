"""Builds do not depend on the environment, nor on blanks in names: same image, or the same error."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from firmware_models import FIRMWARE, built, make, needs, needs_qemu, tiny_model

from ecgprune.board import run_on_board
from ecgprune.errors import FirmwareError

HOSTILE = {
    "OPT": "-O0", "CROSS": "no-such-", "STACK": "64", "CFLAGS": "-nonsense", "CXXFLAGS": "-nonsense", "CC": "false",
    "CXX": "false", "HOSTCC": "false", "WERROR": "0", "TRACE": "1", "SANITIZE": "1", "BOARD": "microbit",
    "RUNTIME": "tflm", "MODEL_DIR": "/nowhere", "OUT": "/proc/nowhere", "APP": "/nowhere", "FLAGS": "-nonsense",
    "LDFLAGS": "-nonsense", "ECGP_CPU": "-nonsense", "ECGP_INTERRUPTS": "-1", "QEMU": "false", "TIMEOUT": "0",
    "GNUMAKEFLAGS": "OPT=-O0 -e", "MAKEFLAGS": "STACK=64 CROSS=no-such-", "CPATH": "/proc", "LIBRARY_PATH": "/proc",
    "DEPENDENCIES_OUTPUT": "/proc/nowhere",
}  # fmt: skip


def test_the_environment_changes_no_byte_of_an_image(tmp_path, monkeypatch):
    needs_qemu()
    plain = built(tmp_path / "plain", "mps2_an386")
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    image = built(tmp_path / "hostile", "mps2_an386")
    for name in ("firmware.elf", "empty.elf", "firmware.map", "image.json"):
        assert (image.folder / name).read_bytes() == (plain.folder / name).read_bytes(), name
    assert run_on_board(image, tmp_path / "plain/model/vectors.bin").mismatches == 0


def test_make_takes_settings_from_its_command_line_alone(tmp_path):
    needs_qemu()
    model = tiny_model(tmp_path / "model")

    def image(name, *words, **env):
        words = [f"MODEL_DIR={model}", f"OUT={tmp_path / name}", *words]
        done = make(*words, **env)
        assert done.returncode == 0, done.stderr
        return (tmp_path / name / "firmware.elf").read_bytes()

    plain = image("plain")
    assert image("hostile", **HOSTILE) == plain
    assert image("slow", "OPT=-O0") != plain
    assert image("large", "STACK=4096", **HOSTILE) != plain
    done = make("run", f"MODEL_DIR={model}", f"OUT={tmp_path / 'run'}", **HOSTILE)
    assert "every output byte is the expected one" in done.stdout, done.stderr


@pytest.mark.parametrize("board", ["host", "mps2_an386"])
def test_make_run_takes_blanks_and_quotes_in_model_and_out(board, tmp_path):
    needs_qemu()
    model = tiny_model(tmp_path / "it's a  model")
    out = tmp_path / "an out"
    (tmp_path / "a tmp").mkdir()
    words = [f"BOARD={board}", f"MODEL_DIR={model}", f"OUT={out}"]
    done = make(*words, "run", "size", TMPDIR=str(tmp_path / "a tmp"))
    assert done.returncode == 0, done.stderr
    assert "every output byte is the expected one" in done.stdout
    wrong = make(f"MODEL_DIR={tmp_path / 'no model'}", f"OUT={out}", "run")
    assert wrong.returncode != 0
    assert "it has no sources.mk" in wrong.stderr
    plain = tiny_model(tmp_path / "plain")
    assert make(f"BOARD={board}", f"MODEL_DIR={plain}", f"OUT={tmp_path / 'plain-out'}").returncode == 0
    name = "firmware" if board == "host" else "firmware.elf"
    assert (out / name).read_bytes() == (tmp_path / "plain-out" / name).read_bytes()


def test_a_checkout_and_temporary_files_under_names_with_blanks_build_the_same(tmp_path, monkeypatch):
    needs_qemu()
    plain = built(tmp_path / "plain", "mps2_an386")
    checkout = tmp_path / "it's a checkout"
    shutil.copytree(FIRMWARE, checkout / "firmware", ignore=shutil.ignore_patterns("build"))
    (tmp_path / "a tmp").mkdir()
    monkeypatch.setenv("ECGPRUNE_FIRMWARE", str(checkout / "firmware"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "a tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)  # TMPDIR is read once
    image = built(tmp_path / "with blank", "mps2_an386")
    for name in ("firmware.elf", "empty.elf", "firmware.map", "image.json"):
        assert (image.folder / name).read_bytes() == (plain.folder / name).read_bytes(), name
    assert run_on_board(image, tmp_path / "with blank/model/vectors.bin").mismatches == 0
    done = subprocess.run(["make", "run"], cwd=checkout / "firmware", capture_output=True, text=True, timeout=1800)
    assert "every output byte is the expected one" in done.stdout, done.stderr


def test_the_top_makefile_runs_firmware_and_help_in_a_folder_with_blanks(tmp_path):
    needs_qemu()
    root = FIRMWARE.parent
    checkout = tmp_path / "a checkout"
    shutil.copytree(root / "firmware", checkout / "firmware", ignore=shutil.ignore_patterns("build"))
    shutil.copytree(root / ".ci", checkout / ".ci")
    shutil.copy(root / "Makefile", checkout)
    env = {**os.environ, "BOARD": "nope", "OUT": "/proc/nowhere", "OPT": "-O0"}
    for words, expected in (([], "list the targets"), (["firmware"], "every output byte is the expected one")):
        done = subprocess.run(["make", *words], cwd=checkout, env=env, capture_output=True, text=True, timeout=1800)
        assert expected in done.stdout, done.stderr


def failing(folder: Path, name: str, text: str) -> str:
    """A PATH whose compiler `name` prints this and fails."""
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\necho '{text}' >&2\nexit 3\n")
    (folder / name).chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_a_failing_compiler_shows_its_own_words_and_where_the_rest_is(tmp_path, monkeypatch):
    needs("make", "arm-none-eabi-gcc", "arm-none-eabi-objdump")
    monkeypatch.setenv("PATH", failing(tmp_path / "bin", "arm-none-eabi-gcc", "license server: no answer"))
    with pytest.raises(FirmwareError) as error:
        built(tmp_path, "mps2_an386")
    message, _, log = str(error.value).removesuffix(")").partition(" (all output: ")
    assert message == "the build for mps2_an386 failed: license server: no answer"
    said = Path(log).read_text()
    Path(log).unlink()
    assert "license server: no answer" in said
    assert "Error 3" in said


def test_flags_that_reserve_r9_are_told_to_the_library(tmp_path):
    needs_qemu()
    model = tiny_model(tmp_path / "model")
    (model / "tiny.c").write_text("#if ECGP_RESERVED_R9\n#error told\n#endif\n" + (model / "tiny.c").read_text())
    words = [f"MODEL_DIR={model}", f"OUT={tmp_path / 'out'}"]
    assert make(*words).returncode == 0
    assert "error: #error told" in make(*words, "FLAGS=-ffixed-r9").stderr
