"""What the guide and CONTRIBUTING tell to write works: configs, a board, a script that judges a report, a test."""

import re
import shutil

import pytest
from firmware_models import make, needs
from manual import PYTHON, ROOT, TOML

from ecgprune.config import parse
from ecgprune.ecg.records import read_record

GUIDE = ROOT / "docs" / "guide"
CONFIGS = [(page.name, text) for page in sorted(GUIDE.glob("*.md")) for text in TOML.findall(page.read_text())]


def test_the_guide_shows_configs():
    assert len(CONFIGS) >= 2


@pytest.mark.parametrize(("page", "text"), CONFIGS, ids=[page for page, _ in CONFIGS])
def test_each_config_of_the_guide_is_a_config(page, text):
    assert parse(text, page)


@pytest.mark.parametrize("page", [GUIDE / "board.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_the_two_files_of_a_new_board_build(page, tmp_path):
    """The folder of a page's template, beside the boards that ship; machine and core are what they are there."""
    needs("make", "cc", "arm-none-eabi-gcc", "arm-none-eabi-objdump")
    text = page.read_text()
    (board,) = re.findall(r"^```make\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    (memory,) = re.findall(r"^```text\n((?:/\*.*?\*/\n)?MEMORY\n.*?)^```", text, re.DOTALL | re.MULTILINE)
    firmware = shutil.copytree(ROOT / "firmware", tmp_path / "firmware", ignore=shutil.ignore_patterns("build"))
    folder = firmware / "boards" / "myboard"
    folder.mkdir()
    (folder / "board.mk").write_text(board)
    (folder / "memory.ld").write_text(memory)
    done = make("-C", str(firmware), "BOARD=myboard", f"OUT={tmp_path / 'out'}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "firmware.bin").stat().st_size > 1000


def test_the_template_of_an_operators_test_runs():
    (template,) = PYTHON.findall((ROOT / "CONTRIBUTING.md").read_text())
    names = {}
    exec(template, names)
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    test()


def test_arrays_that_the_guide_writes_as_a_record_are_read(tmp_path, monkeypatch):
    (example,) = PYTHON.findall((GUIDE / "data.md").read_text())
    (tmp_path / "records").mkdir()
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    record = read_record(tmp_path / "records", "r1")
    assert (record.leads, record.sample_rate_hz, len(record.beat_sample)) == (("II",), 250, 36)
