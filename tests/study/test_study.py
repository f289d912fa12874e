"""The reproduction: rows, targets and figures from points, and a small study run, interrupted and resumed."""

from __future__ import annotations

import contextlib
import copy
import itertools
import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ecgprune import config as configs
from ecgprune.artifacts import sha256_tree
from ecgprune.config import PruneConfig, Stage
from ecgprune.pipeline.data import Source
from ecgprune.study import Study, execute_on, figures, groups, intervals, report, summary, targets, work
from ecgprune.study.plan import DISTILLED, Chain, Group

CLASSES = ("N", "S", "V", "F", "Q")


def scores(accuracy: float, macro_f1: float) -> dict:
    return {
        "accuracy": accuracy,
        "macro_f1": macro_f1,
        "per_class": {name: {"se": 0.9, "ppv": 0.8, "f1": macro_f1} for name in CLASSES},
    }


def point(seed: int, method: str, target: float, f1: float, **more) -> dict:
    dense = method == "dense"
    weights = 20_000
    return {
        "group": "intra", "model": "compact", "split": "intra", "seed": seed, "chain": "" if dense else "weight",
        "method": method, "granularity": "none" if dense else "weight", "allocation": "" if dense else "uniform",
        "goal": "" if dense else "sparsity", "target": target, "rewind": None if dense else True,
        "budget": "stages" if method == "one-shot" else "", "validation": {"accuracy": 0.99, "macro_f1": f1},
        "intervals": {"beats": {"macro_f1": [f1 - 0.01, f1 + 0.01]}},
        "params": 22_000, "weights": weights,
        "nonzero_params": 22_000 - round(weights * target), "nonzero_weights": weights - round(weights * target),
        "macs": 400_000, "nonzero_macs": round(400_000 * (1 - target)), "tflite_bytes": 32_000,
        "tflite_sha256": "0" * 64, "float": scores(0.992, f1 + 0.002), "int8": scores(0.991, f1),
        "cost": {"instructions": round(500_000 * (1.1 - target)), "cycles_estimate": None, "flash_bytes": 20_000,
                 "ram_bytes": 4000} if seed == 1 else None,
    } | more  # fmt: skip


POINTS = [
    point(seed, method, target, f1 + 0.001 * seed)
    for seed in (1, 2, 3)
    for method, target, f1 in (
        ("dense", 0.0, 0.955), ("multistage", 0.6, 0.953), ("multistage", 0.8, 0.940), ("one-shot", 0.8, 0.900)
    )
]  # fmt: skip


def test_a_row_is_the_mean_and_deviation_over_the_seeds():
    rows = summary.rows(POINTS)
    assert len(rows) == 8
    row = next(r for r in rows if r["target"] == 0.6 and r["precision"] == "int8")
    assert row["seeds"] == [1, 2, 3]
    assert row["macro_f1_mean"] == pytest.approx(0.955)
    assert row["macro_f1_std"] == pytest.approx(0.001)
    assert row["sparsity"] == 0.6
    assert row["nonzero_macs"] == 160_000
    assert row["per_class"]["S"]["f1"] == pytest.approx(0.955)
    assert row["instructions"] == 250_000
    assert next(r for r in rows if r["target"] == 0.6 and r["precision"] == "float")["instructions"] is None


def test_one_seed_has_no_deviation():
    (row, _) = summary.rows([p for p in POINTS if p["seed"] == 1 and p["method"] == "dense"])
    assert row["macro_f1_std"] is None


def test_weights_that_are_gone_count_as_zeros():
    smaller = point(1, "multistage", 0.6, 0.95, chain="channel", granularity="channel", weights=9000,
                    nonzero_weights=9000)  # fmt: skip
    row = summary.rows([POINTS[0], smaller])[-1]
    assert row["sparsity"] == pytest.approx(1 - 9000 / 20_000)


def test_a_target_is_reached_or_is_not():
    found = {(j["what"], j["measure"]): j for j in targets.judged(summary.rows(POINTS))}
    assert found["dense", "macro-F1"]["reached"] is True
    assert found["dense", "accuracy"]["reached"] is False, "0.991 is less than 0.992"
    assert found["stages, weights, 80 %", "macro-F1"]["found"] == pytest.approx(0.942)
    assert found["stages, weights, 80 %", "macro-F1"]["reached"] is False
    assert found["float to int8, at worst", "macro-F1 lost"]["reached"] is True
    dear = copy.deepcopy(POINTS)
    for p in dear:
        p["float"]["macro_f1"] += 0.002
    lost = {j["measure"]: j for j in targets.judged(summary.rows(dear))}["macro-F1 lost"]
    assert lost["found"] == pytest.approx(0.004)
    assert lost["reached"] is False


def test_what_95_percent_zeros_cost_is_told_of_the_stages_that_validation_prefers():
    dense = point(1, "dense", 0.0, 0.93, group="compact")
    stages = [
        point(1, "multistage", 0.95, f1, group="compact", chain=chain, validation={"accuracy": 0.9, "macro_f1": found})
        for chain, f1, found in (("uniform-rewound", 0.92, 0.90), ("global-rewound", 0.89, 0.91))
    ]
    (judged,) = [j for j in targets.judged(summary.rows([dense, *stages])) if j["measure"] == "macro-F1 lost"
                 and "compact" in j["what"]]  # fmt: skip
    assert "global-rewound" in judged["what"]
    assert judged["found"] == pytest.approx(0.04)
    assert judged["reached"] is False


def test_the_result_files_carry_a_schema_version_and_the_rows_that_are_returned(tmp_path):
    written = report.write(POINTS, [], tmp_path, tmp_path / "no-rivals.json")
    for name, rows in zip(("summary", "targets"), written, strict=True):
        assert rows
        assert json.loads((tmp_path / f"{name}.json").read_text()) == {"schema_version": 1, "rows": rows}


def test_the_same_rows_draw_the_same_bytes(tmp_path):
    rows = summary.rows(POINTS)
    for name in ("a.svg", "b.svg"):
        figures.pareto(tmp_path / name, rows, {"instructions": 1_500_000})
    text = (tmp_path / "a.svg").read_text()
    assert re.search(r"the axis begins at 0\.\d\d, not at 0", text)
    assert text == (tmp_path / "b.svg").read_text()
    assert text.startswith("<?xml")


@pytest.mark.parametrize("quick", [True, False])
def test_the_plan_has_what_the_rows_need(quick):
    found = groups(quick)
    assert len({group.folder for group in found}) == len(found)
    chains = [chain for group in found for chain in group.chains]
    assert {chain.prune.granularity for chain in chains} == {"weight", "block", "channel"}
    if not quick:
        for name in ("acharya", "compact", "intra", "inter"):
            assert [group.seed for group in found if group.name == name] == [1, 2, 3]


@pytest.mark.parametrize("name", ["acharya", "compact"])
def test_stages_and_one_shot_are_crossed_with_allocation_rate_and_epochs(name, tmp_path):
    group = next(g for g in groups(False) if g.name == name)
    units = work.units(group, tmp_path, Source(tmp_path, ""))
    rows = [(p.chain, p.method, p.budget, p.target) for unit in units for p in unit.points if p.chain]
    rows = [row for row in rows if row[0] != DISTILLED]
    kinds = itertools.product(("uniform", "global", "sensitivity"), ("rewound", "last"))
    methods = (("multistage", ""), ("one-shot", "stages"), ("one-shot", "stage"))
    shares = (0.6, 0.8, 0.9, 0.95)
    expected = {("-".join(kind), *method, share) for kind in kinds for method in methods for share in shares}
    assert set(rows) == expected
    assert len(rows) == len(expected)
    seconds = {unit.name: unit.jobs[0].seconds for unit in units}
    assert seconds["global-last-one-shot-95"] == pytest.approx(5 * seconds["global-last-brief-95"])


class KilledError(Exception):
    pass


def small_study(folder) -> Study:
    base = configs.load("smoke")
    base = replace(base, train=replace(base.train, epochs=1))
    stages = (Stage(sparsity=0.4, epochs=1), Stage(sparsity=0.6, epochs=1))
    chains = (Chain("weight", replace(PruneConfig(), stages=stages), one_shot=(0.6,)),)
    return Study([Group("intra", base, 1, chains)], folder / "runs", folder / "results", Source(None, ""))


@pytest.fixture(scope="module")
def done_here(tmp_path_factory):
    """The folder of `small_study`, killed once and resumed on this machine."""
    folder = tmp_path_factory.mktemp("study")
    check_resumed(folder)
    return folder


def check_resumed(tmp_path):
    said: list[str] = []

    @contextmanager
    def tell(what):
        said.append(what)
        if len(said) == kill_at:
            raise KilledError
        yield lambda done, doing: None

    kill_at = 5
    with pytest.raises(KilledError):
        small_study(tmp_path).execute(tell)
    kill_at = -1
    study = small_study(tmp_path)
    study.execute(tell)
    assert said[5] == said[4], "the step that was killed is done again, none before it"
    assert all(" left)" in line for line in said)
    points = study.collected()
    check_compared(study)
    assert [(p["method"], p["target"]) for p in points] == [
        ("dense", 0.0), ("multistage", 0.4), ("multistage", 0.6), ("one-shot", 0.6)
    ]  # fmt: skip
    assert [p["nonzero_weights"] < p["weights"] for p in points] == [False, True, True, True]
    before, lines = sha256_tree(tmp_path / "results"), len(said)
    small_study(tmp_path).execute(tell)
    assert len(said) == lines, "nothing is left to do"
    assert sha256_tree(tmp_path / "results") == before
    assert json.loads((tmp_path / "results" / "intra-1.json").read_text())["points"] == points


def check_compared(study):
    """Stages to 60 % and one shot to 60 % are compared on the same beats."""
    (row,) = study.collected("compared")
    scores = {p["method"]: p["int8"]["macro_f1"] for p in study.collected() if p["target"] == 0.6}
    assert row["macro_f1_gained"] == pytest.approx(scores["multistage"] - scores["one-shot"])
    for over in ("beats", "patients"):
        assert row[over][0] <= row["macro_f1_gained"] <= row[over][1] or row[over][0] == row[over][1]
    for point in study.collected():
        for over in ("beats", "patients"):
            low, high = point["intervals"][over]["accuracy"]
            assert low <= point["int8"]["accuracy"] <= high


def test_intervals_over_patients_are_wider_where_patients_differ():
    label = np.tile([0, 0, 1], 400).astype(np.uint8)
    record = np.repeat(np.arange(6, dtype=np.uint16), 200)
    wrong = np.where(record == 5, 1 - label, label).astype(np.uint8)  # one patient of six is never recognized
    info = {"classes": ["N", "S"], "database": "mitdb", "records": ["100", "101", "103", "105", "106", "108"]}
    beats = SimpleNamespace(label=label, record=record, info=info)
    found = intervals.of_scores(beats, wrong)
    low, high = found["patients"]["accuracy"]
    assert low < 0.6
    assert high == 1.0
    assert found["beats"]["accuracy"][0] > 0.8


@pytest.mark.xdist_group("study")
def test_a_killed_study_is_resumed_and_ends_with_the_same_points(done_here):
    assert (done_here / "results" / "intra-1.json").is_file()


@pytest.mark.xdist_group("study")
def test_a_ray_cluster_that_loses_a_worker_gives_the_rows_of_a_local_run(done_here, tmp_path):
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        folders = [tmp_path / "a", tmp_path / "b"]
        for folder in folders:
            folder.mkdir()
        workers = [cluster.add_node(num_cpus=1, env_vars={"TMPDIR": str(folder)}) for folder in folders]
        killed: list[str] = []

        def kill_the_first_that_begins():
            while not killed:
                for folder, worker in zip(folders, workers, strict=True):
                    if list(folder.glob("ecgprune-study-*/intra-1/config.toml")):
                        cluster.remove_node(worker, allow_graceful=False)
                        killed.append(folder.name)
                        return
                time.sleep(0.05)

        watcher = threading.Thread(target=kill_the_first_that_begins, daemon=True)
        watcher.start()
        study = small_study(tmp_path)
        execute_on(cluster.address, study, lambda what: contextlib.nullcontext(lambda done, doing: None))
    finally:
        killed = killed or ["nobody"]
        cluster.shutdown()
    lost, other = folders if killed == ["a"] else folders[::-1]
    assert list(lost.glob("ecgprune-study-*")), "the worker was killed while it did a unit, and so left its folder"
    assert not list(other.glob("ecgprune-study-*"))
    here, there = (json.loads((folder / "results/intra-1.json").read_text()) for folder in (done_here, tmp_path))
    assert there["points"] == here["points"]
    for name in ("dense.keras", "weight/stage-02.keras", "int8/weight-60.tflite"):
        assert (tmp_path / "runs/intra-1" / name).read_bytes() == (done_here / "runs/intra-1" / name).read_bytes()
