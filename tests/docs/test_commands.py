"""The commands of README.md, CONTRIBUTING.md and the manual: the cheap ones run, the others are understood."""

import os
import shutil
import subprocess
import sys
import tomllib

import click
import pytest
from firmware_models import needs_qemu
from manual import ROOT, commands, every_command

from ecgprune.cli import main

CHEAP = {"boards", "ops", "configs", "bench", "verify", "export", "build"}
CHEAP_DATA = {"make", "check", "info", "databases"}
OURS = [(page, words[1:]) for page, words in every_command() if words[0] == "ecgprune"]
MAKES = sorted({tuple(words) for _, words in every_command() if words[0] == "make"})
PIPS = sorted({tuple(words) for _, words in every_command() if words[0] == "pip"})


def runs(words):
    """Whether a command takes seconds: it trains nothing, downloads nothing, and takes a .tflite or no model.

    The tests of `doctor` run it.
    """
    if words[0] == "evaluate":
        return "holter" in words  # records that the page made
    if words[0] == "data":
        return words[1] in CHEAP_DATA
    return words[0] in CHEAP and (len(words) == 1 or words[1].endswith(".tflite"))


PAGES = sorted({page for page, words in OURS if runs(words)})


def test_the_manual_shows_commands_of_every_kind():
    stages = {"run", "train", "prune", "quantize", "export", "build", "verify", "bench"}
    assert {words[0] for _, words in OURS} >= stages
    assert len(MAKES) >= 8
    assert PIPS
    assert {words[0] for _, words in every_command()} <= {"ecgprune", "make", "pip", "cp"}


@pytest.mark.parametrize("words", [words for _, words in OURS], ids=" ".join)
def test_each_ecgprune_command_is_understood(words):
    """Parsed by click's own parser, down to the last option; nothing is run."""
    command, context = main, click.Context(main)
    while isinstance(command, click.Group):
        command, words = command.get_command(context, words[0]), words[1:]
    command.make_context(command.name, list(words), parent=context, resilient_parsing=False)


@pytest.mark.parametrize("words", MAKES, ids=" ".join)
def test_each_make_target_exists(words):
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run([*words, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", PIPS, ids=" ".join)
def test_each_extra_that_pip_is_asked_for_exists(words):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert words[1] == "install"
    for target in words[2:]:
        assert set(filter(None, target.partition("[")[2].rstrip("]").split(","))) <= set(extras)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_cheap_commands_of_a_page_run(page, tmp_path):
    """In the page's order, in a folder of their own that sees firmware/ and nothing else of the checkout."""
    needs_qemu()
    (tmp_path / "firmware").symlink_to(ROOT / "firmware")
    shutil.copy(ROOT / "firmware" / "models" / "small" / "model.tflite", tmp_path)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    ran = 0
    for words in commands(page):
        if words[0] == "ecgprune" and runs(words[1:]):
            call = [sys.executable, "-m", "ecgprune", *words[1:]]
            done = subprocess.run(call, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=999)
            assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
            assert "Traceback" not in done.stderr
            ran += 1
    assert ran
