"""The figures of README.md and docs/results are those of the committed results."""

import hashlib
import itertools
import json
import re

import bench_results
import docs_tables
import pytest
import regenerate_models
import table_bench
import table_prediction
import table_shipped
from firmware_models import CORES_ON_QEMU
from manual import ROOT


@pytest.mark.parametrize("file", docs_tables.TABLES)
def test_the_tables_are_those_of_the_committed_results(file):
    assert (ROOT / file).read_text() == docs_tables.rendered(file)


def test_the_committed_bench_is_whole_and_names_no_machine():
    text = table_bench.BENCH.read_text()
    bench = json.loads(text)
    rows = {(row["model"], row["pattern"], row["board"], row["optimize"]) for row in bench["rows"]}
    ways = [(board.name, way) for board, way in bench_results.jobs()]
    whole = {(model, pattern, *way) for model in "AB" for pattern in bench["patterns"] for way in ways}
    assert rows == whole
    assert {board for board, _ in ways} == set(CORES_ON_QEMU)
    assert len(bench["patterns"]) == 7
    assert all(row["bit_exact"] for row in bench["rows"])
    assert not re.search(r"/(tmp|home|root|work|usr)/", text)


def test_predicted_cycles_lie_within_a_tenth_of_those_counted():
    rows = json.loads(table_bench.BENCH.read_text())["rows"]
    errors = {(r["model"], r["pattern"], r["core"], r["optimize"]): table_prediction.error(r) for r in rows}
    assert {at: error for at, error in errors.items() if abs(error) > 0.1} == {}


def test_the_two_cycle_models_differ_by_fifteen_percent_only_where_the_manual_says_why():
    """docs/internals/cost-model.md, of the Cortex-M4's dense convolution and of its blocks."""
    rows = [row for row in json.loads(table_bench.BENCH.read_text())["rows"] if row["cycles_classes"]]
    apart = {(r["pattern"], r["core"]) for r in rows if abs(r["cycles_classes"] / r["cycles_estimate"] - 1) > 0.15}
    assert apart <= {(pattern, "Cortex-M4") for pattern in ("dense", "block 60%", "block 80%")}
    assert {row["core"] for row in rows} == {"Cortex-M0", "Cortex-M3", "Cortex-M4"}


SHIPPED = pytest.mark.parametrize(("model", "run"), regenerate_models.RUNS.items())


@SHIPPED
def test_the_shipped_model_is_that_of_the_committed_run(model, run):
    folder = ROOT / "firmware" / "models" / model
    report = json.loads((ROOT / "results" / run / "report.json").read_text())
    assert report["model"]["sha256"] in (folder / "README.md").read_text()
    assert report["model"]["sha256"] == hashlib.sha256((folder / "model.tflite").read_bytes()).hexdigest()
    assert report["synthetic"] is False
    assert "SYNTHETIC" in (folder / "vectors.json").read_text()


def test_the_rows_of_shipped_models_are_theirs_on_every_core():
    rows = table_shipped.rows()
    whole = set(itertools.product(regenerate_models.RUNS, CORES_ON_QEMU))
    assert {(row["model"], row["board"]) for row in rows} == whole
    assert all(row["bit_exact"] for row in rows)
    for row in rows:
        model = regenerate_models.MODELS / row["model"] / "model.tflite"
        assert row["model_sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
