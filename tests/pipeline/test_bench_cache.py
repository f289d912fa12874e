"""A row of `make bench` is measured again when what it is measured of has changed, and only then."""

import shutil
from pathlib import Path

import bench_cache
import pytest
import small_network
from firmware_models import needs_qemu

from ecgprune.board import find_board
from ecgprune.pipeline import bench
from ecgprune.pipeline.emitting import emit

HOW = {"optimize": "speed"}


@pytest.fixture(scope="module")
def subject():
    return bench.Subject(small_network.network(), "small", 2)


@pytest.fixture
def library(monkeypatch, tmp_path):
    folder = shutil.copytree(bench_cache.LIBRARY, tmp_path / "nn")
    monkeypatch.setattr(bench_cache, "LIBRARY", folder)
    monkeypatch.setattr(bench_cache, "CACHE", tmp_path / "cache")
    return folder


def key(subject, files, board="mps2_an386", **how):
    return bench_cache.key(subject, find_board(board), HOW | how, files)


def test_only_files_that_the_network_uses_are_measured_again(subject, library):
    files = emit(subject.tflite, subject.graph, find_board("mps2_an386"), **HOW).files
    before = key(subject, files)
    used = {path.name for path in bench_cache.used(files)}
    assert {"ecgp_requant.h", "ecgp_compiler.h", "ecgp_crc32.c"} < used
    others = sorted({path.name for path in library.iterdir()} - used)
    for name in others:
        (library / name).write_text("/* changed */")
    assert key(subject, files) == before
    for name in ("ecgp_requant.h", "ecgp_crc32.c"):
        text = (library / name).read_text()
        (library / name).write_text(text + "/* changed */")
        assert key(subject, files) != before, name
        (library / name).write_text(text)
    assert key(subject, files) == before
    assert key(subject, {**files, "model.c": files["model.c"] + "\n"}) != before
    assert key(subject, files, "mps2_an500") != before
    assert key(subject, files, optimize="ram") != before


def test_a_row_of_the_cache_has_the_predictions_of_the_present_plan(subject, library, monkeypatch):
    needs_qemu()
    board = find_board("mps2_an386")
    first = bench_cache.measured(subject, board, **HOW)
    monkeypatch.setattr(bench, "measure", lambda *_, **__: pytest.fail("measured again"))
    file = next(Path(bench_cache.CACHE).iterdir())
    file.write_text(file.read_text().replace(f'"instructions_estimate": {first["instructions_estimate"]}',
                                             '"instructions_estimate": 1'))  # fmt: skip
    assert bench_cache.measured(subject, board, **HOW) == first
