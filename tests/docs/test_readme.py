"""README.md: its commands exist and run, its files are there, its numbers are those of the committed results."""

import hashlib
import json
import re
import shlex
import subprocess
from pathlib import Path

import bench_tables
import click
import pytest
import readme_pruning
from readme_results import PLACE, current

from ecgprune.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = [line.strip().split("  #")[0] for line in README.splitlines() if line.startswith("    ")]
OURS = [shlex.split(c)[1:] for c in COMMANDS if c.startswith(".venv/bin/ecgprune")]
MAKES = [shlex.split(c) for c in COMMANDS if c.startswith("make ")]


def test_the_readme_shows_commands_of_both_kinds():
    assert len(OURS) >= 6
    assert len(MAKES) >= 4


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_each_ecgprune_command_is_one_that_is_understood(words):
    """Parsed by click's own parser, down to the last option; nothing is run."""
    command, context = main, click.Context(main)
    while isinstance(command, click.Group):
        command, words = command.commands[words[0]], words[1:]
    context = command.make_context(command.name, list(words), parent=context, resilient_parsing=False)
    assert context.params


@pytest.mark.parametrize("words", MAKES, ids=" ".join)
def test_each_make_target_exists(words):
    done = subprocess.run([*words, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_each_link_and_folder_is_there():
    links = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]
    folders = re.findall(r"`((?:firmware|ecgprune|results)/[\w/.-]+)`", README)
    assert links
    assert [name for name in (*links, *folders) if not (ROOT / name).exists()] == []


def test_the_c_on_a_board_compiles_against_the_reference_model(tmp_path):
    (code,) = re.findall(r"```c\n(.*?)```", README, re.DOTALL)
    head, _, body = code.partition("\necg_init")
    inputs = "const int16_t *samples, uint16_t rr, uint16_t next_rr"
    function = f"const int8_t *classify({inputs})"
    (tmp_path / "board.c").write_text(f"{head}\n{function};\n{function}\n{{ ecg_init{body} return scores; }}\n")
    folders = [f"-I{ROOT / 'firmware' / name}" for name in ("models/reference", "lib/nn", "lib/ecg")]
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-fsyntax-only"]
    words = ["cc", *flags, *folders, str(tmp_path / "board.c")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_results_are_those_of_the_committed_run():
    (shown,) = PLACE.findall(README)
    assert shown == current()


def test_the_pruning_tables_are_those_of_the_committed_reproduction():
    (shown,) = readme_pruning.PLACE.findall(README)
    assert shown == readme_pruning.current()


def test_the_bench_tables_are_those_of_the_committed_bench():
    (shown,) = bench_tables.PLACE.findall(README)
    assert shown == bench_tables.current()
    assert bench_tables.FULL.read_text() == bench_tables.full()


def test_the_committed_bench_is_whole_and_names_no_machine():
    text = bench_tables.BENCH.read_text()
    bench = json.loads(text)
    rows = {(row["model"], row["pattern"], row["board"], row["optimize"]) for row in bench["rows"]}
    boards = ["microbit", "mps2_an385", "mps2_an386", "mps2_an500", "mps2_an505", "mps3_an547"]
    ways = [(board, "speed") for board in boards] + [("mps2_an386", "ram"), ("mps2_an386", "flash")]
    assert rows == {(model, pattern, *way) for model in "AB" for pattern in bench["patterns"] for way in ways}
    assert len(bench["patterns"]) == 7
    assert all(row["bit_exact"] for row in bench["rows"])
    assert not re.search(r"/(tmp|home|root|work|usr)/", text)


@pytest.mark.parametrize(("model", "run"), [("reference", "mitdb"), ("small", "mitdb-small")])
def test_the_shipped_model_is_that_of_the_committed_run(model, run):
    folder = ROOT / "firmware" / "models" / model
    report = json.loads((ROOT / "results" / run / "report.json").read_text())
    assert report["model"]["sha256"] in (folder / "README.md").read_text()
    assert report["model"]["sha256"] == hashlib.sha256((folder / "model.tflite").read_bytes()).hexdigest()
    assert report["synthetic"] is False
    assert "SYNTHETIC" in (folder / "vectors.json").read_text()
