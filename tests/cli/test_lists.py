"""boards, ops and configs, what the shell completes, and how much is told on stderr."""

import json
import os
import subprocess
import sys

import pytest
from cli_calls import call, small_tflite
from click.shell_completion import BashComplete

from ecgprune import config
from ecgprune.board import known_boards
from ecgprune.cli import main
from ecgprune.codegen import ops


def listed(command, key):
    value = json.loads(call(command, "--format", "json").stdout)
    assert value.keys() == {"schema_version", key}
    assert value["schema_version"] == 1
    return {row["name"]: row for row in value[key]}


def test_boards_are_those_of_the_firmware():
    found = listed("boards", "boards")
    assert found.keys() == known_boards().keys()
    assert found["microbit"]["core"] == "Cortex-M0"
    assert (found["microbit"]["flash_bytes"], found["microbit"]["ram_bytes"]) == (262_144, 16_384)
    assert found["host"]["qemu_machine"] is None
    assert "Cortex-M55" in call("boards").stdout


def test_ops_are_those_that_code_is_generated_for():
    found = listed("ops", "operators")
    assert list(found) == ops.supported()
    assert all(row["limits"] for row in found.values())
    assert any(kernel.startswith("ecgp_conv") for kernel in found["CONV_2D"]["kernels"])
    assert "FULLY_CONNECTED" in call("ops").stdout


def test_configs_are_the_shipped_ones():
    found = listed("configs", "configs")
    assert list(found) == config.shipped()
    assert all(row["description"] for row in found.values())
    assert (found["smoke"]["database"], found["smoke"]["target"]) == ("synthetic", 0.6)
    assert "mitdb-inter" in call("configs").stdout


def completed(*words, incomplete=""):
    """What the shell offers after these words."""
    found = BashComplete(main, {}, "ecgprune", "_ECGPRUNE_COMPLETE").get_completions(list(words), incomplete)
    return [item.value for item in found]


def test_the_shell_completes_commands_boards_and_configs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.tflite").write_bytes(small_tflite())
    (tmp_path / "mine.toml").write_text("")
    (tmp_path / "notes.txt").write_text("")
    assert completed(incomplete="bo") == ["boards"]
    assert completed("run", incomplete="mi") == [
        *(name for name in config.shipped() if name.startswith("mi")), "mine.toml"
    ]
    assert completed("run", "smoke", "--board", incomplete="mps2_an38") == ["mps2_an385", "mps2_an386"]
    assert completed("run", "smoke", "--board", incomplete="./m") == ["./models/"]
    assert completed("bench", incomplete="m") == ["mixed", "models/"]
    assert completed("export", incomplete="models/") == ["models/a.tflite"]
    assert completed("train", incomplete="models/") == []


def test_the_completion_script_of_bash_works_as_the_manual_says():
    asked = {"_ECGPRUNE_COMPLETE": "bash_complete", "COMP_WORDS": "ecgprune run sm", "COMP_CWORD": "2"}
    environment = {**os.environ, **asked}
    code = "from ecgprune.cli import main; main(prog_name='ecgprune')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60)
    assert done.stdout.split() == ["plain,smoke"]


@pytest.mark.parametrize(("flags", "lines"), [((), 0), (("-v",), 1), (("-q",), 0), (("-v", "-q"), 0)])
def test_v_tells_more_and_q_nothing(tmp_path, flags, lines):
    words = ("data", "make", "--patients", 4, "--minutes", 0.5)
    done = call(*words, "--out", tmp_path / "after", *flags)
    assert (done.stderr.count("make records: patient") > 0) == bool(lines)
    assert call(*flags, *words, "--out", tmp_path / "before").stderr == done.stderr


def test_q_still_tells_what_went_wrong(tmp_path):
    assert call("-q", "data", "info", tmp_path / "none").stderr.startswith("ecgprune: no such folder")
