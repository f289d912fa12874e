"""Pruning stages: exact and nested zeros, resumed byte for byte, and loud when sparsity is lost."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from training_data import shortened, small_beats

from ecgprune.artifacts import sha256_file
from ecgprune.config import Config, ModelConfig, PruneConfig, Stage, TrainConfig
from ecgprune.errors import ArtifactError, FloorError, LostZerosError
from ecgprune.training import channels, fit, keras_file, masks, prune
from ecgprune.training.arrays import VALIDATION

BEATS = small_beats()
STAGES = (Stage(sparsity=0.3, epochs=2), Stage(sparsity=0.6, epochs=2), Stage(sparsity=0.9, epochs=1))
CONFIG = Config(
    seed=5,
    model=ModelConfig(name="compact"),
    train=TrainConfig(epochs=3, batch_size=64, learning_rate=0.005),
    prune=PruneConfig(stages=STAGES),
)


def stage_path(folder: Path, number: int) -> Path:
    return folder / "prune" / f"stage-{number:02}.keras" if number else folder / "dense.keras"


def run_stage(
    folder: Path, index: int, config: Config = CONFIG, source: Path | None = None, dense: Path | None = None
) -> dict:
    dense, source = dense or stage_path(folder, 0), source or stage_path(folder, index)
    return prune.run_stage(BEATS, config, index, dense, source, stage_path(folder, index + 1))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder with the dense model and all stages, and the stages' results."""
    folder = tmp_path_factory.mktemp("run")
    with shortened():
        fit.train_dense(BEATS, CONFIG, folder / "dense.keras", folder / "dense.json", folder / "logs")
    return folder, [run_stage(folder, i) for i in range(3)]


def zeros(path: Path) -> dict[str, np.ndarray]:
    return {name: kernel == 0 for name, kernel in masks.kernels(keras_file.load(path)).items()}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_layer_has_exactly_the_zeros_of_its_target(run, number):
    folder, results = run
    target = STAGES[number - 1].sparsity
    found = zeros(stage_path(folder, number))
    assert set(found) == {"conv1", "conv2", "conv3", "rr1", "probabilities"}
    for name, pruned in found.items():
        assert pruned.sum() == masks.expected_zeros(pruned.size, target), name
        assert abs(pruned.sum() - target * pruned.size) <= 0.5
    share = sum(p.sum() for p in found.values()) / sum(p.size for p in found.values())
    assert results[number - 1]["sparsity"]["overall"] == share
    assert abs(share - target) < 0.001


def test_a_zero_stays_zero_through_all_stages(run):
    folder, _ = run
    for number in (1, 2):
        later = zeros(stage_path(folder, number + 1))
        for name, pruned in zeros(stage_path(folder, number)).items():
            assert np.all(later[name][pruned]), f"{name}, stage {number}"


def test_what_is_left_is_trained_on(run):
    folder, _ = run
    before, after = (masks.kernels(keras_file.load(stage_path(folder, n))) for n in (1, 2))
    for name, kernel in after.items():
        alive = kernel != 0
        assert np.mean(kernel[alive] != before[name][alive]) > 0.9, name


def test_the_result_says_what_the_files_hold(run):
    folder, results = run
    for number, result in enumerate(results, start=1):
        path = stage_path(folder, number)
        assert json.loads(path.with_suffix(".json").read_text()) == result
        assert result["index"] == number
        model = keras_file.load(path)
        assert (result["accuracy"], result["macro_f1"]) == fit.evaluate(model, BEATS, VALIDATION)
        assert result["sparsity"] == masks.sparsity(model)
        assert result["passed"] is True
        assert len(result["history"]) == result["epochs"]


def test_a_kept_epoch_has_reached_the_target(run):
    """The ramp takes the first third of a stage: with two epochs the first may be kept, whole or not at all."""
    _, results = run
    assert all(1 <= result["best_epoch"] <= result["epochs"] for result in results)


def test_the_last_epoch_is_kept_where_training_says_so(run, tmp_path):
    (tmp_path / "prune").mkdir()
    one = dataclasses.replace(CONFIG.prune, stages=(Stage(sparsity=0.3, epochs=3, learning_rate=1e-9),))
    last = dataclasses.replace(CONFIG, train=dataclasses.replace(CONFIG.train, keep="last"), prune=one)
    assert run_stage(tmp_path, 0, last, *[run[0] / "dense.keras"] * 2)["best_epoch"] == 3  # the second is as good


def test_channels_go_before_blocks_and_neither_comes_back(run, tmp_path):
    folder, _ = run
    blocks = [Stage(sparsity=target, epochs=1) for target in (0.3, 0.6)]
    stages = (Stage(granularity="channel", fewer_macs=0.4, epochs=1), *blocks)
    settings = PruneConfig(granularity="block", one_shot=False, distillation=0.5, stages=stages)
    config = dataclasses.replace(CONFIG, prune=settings)
    (tmp_path / "prune").mkdir()
    (tmp_path / "dense.keras").write_bytes(stage_path(folder, 0).read_bytes())
    results = [run_stage(tmp_path, i, config) for i in range(3)]
    assert [result["granularity"] for result in results] == ["channel", "block", "block"]
    models = [keras_file.load(stage_path(tmp_path, number)) for number in range(4)]
    widths = [channels.widths(model) for model in models]
    assert widths[0] != widths[1] == widths[2] == widths[3]
    for target, result, model in zip((0.3, 0.6), results[1:], models[2:], strict=True):
        for name, kernel in masks.kernels(model).items():
            assert np.sum(kernel == 0) >= masks.expected_zeros(kernel.size, target, "block"), name
        dense, left = channels.total_macs(models[0]), sum(channels.macs(model, nonzero=True).values())
        assert result["macs"] == {"dense": dense, "left": left}
        assert left < (1 - 0.4) * (1 - target) * dense * 1.05
    # What the stage before left is checked, whichever kind it was.
    wrong = ((1, ArtifactError, "channels in layer"), (2, LostZerosError, "sparsity lost"))
    for number, kind, said in wrong:
        keras_file.save(models[0], stage_path(tmp_path, number))
        with pytest.raises(kind, match=said):
            run_stage(tmp_path, number, config)


SCRIPT = """
import sys
from pathlib import Path
sys.path[:0] = {tests!r}
import test_prune as t
t.prune.run_stage(t.BEATS, t.CONFIG, 1, *map(Path, sys.argv[1:]))
"""


def test_a_stage_run_again_in_another_process_writes_the_same_bytes(run, tmp_path):
    folder, _ = run
    script = SCRIPT.format(tests=[str(Path(__file__).parent), str(Path(__file__).parents[1] / "support")])
    arguments = [str(stage_path(folder, 0)), str(stage_path(folder, 1)), str(tmp_path / "stage-02.keras")]
    result = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, check=True)
    for suffix in (".keras", ".json"):
        again = (tmp_path / "stage-02.keras").with_suffix(suffix)
        assert sha256_file(again) == sha256_file(stage_path(folder, 2).with_suffix(suffix))
    assert result.stderr == b"", "TensorFlow's log noise reached the terminal"


def test_one_shot_takes_the_stages_epochs_and_reaches_the_last_target(run, tmp_path):
    folder, _ = run
    result = prune.one_shot(BEATS, CONFIG, folder / "dense.keras", tmp_path / "one-shot.keras")
    assert result["epochs"] == 5
    assert result["method"] == "one-shot"
    for name, pruned in zeros(tmp_path / "one-shot.keras").items():
        assert pruned.sum() == masks.expected_zeros(pruned.size, 0.9), name
    assert json.loads((tmp_path / "one-shot.json").read_text()) == result


def test_a_source_that_lost_its_sparsity_is_refused(run, tmp_path):
    folder, _ = run
    model = keras_file.load(stage_path(folder, 1))
    kernel = model.get_layer("conv3").kernel
    kernel.assign(np.where(kernel.numpy() == 0, 1e-6, kernel.numpy()))
    keras_file.save(model, tmp_path / "stage-01.keras")
    shutil.copy(folder / "prune" / "stage-01.json", tmp_path)
    with pytest.raises(LostZerosError) as caught:
        run_stage(tmp_path, 1, source=tmp_path / "stage-01.keras", dense=folder / "dense.keras")
    assert str(caught.value) == (
        "sparsity lost: stage-01.keras, from which stage 2 goes on, has 0 zeros of 3840 weights in layer conv3, "
        "1152 were expected at sparsity 0.3; delete its file and prune again"
    )
    assert not stage_path(tmp_path, 2).exists()


def test_zeros_that_come_back_within_a_stage_are_an_error(run, tmp_path, monkeypatch):
    folder, _ = run
    settled = masks.settled

    def leaky(model):
        bare = settled(model)
        kernel = bare.get_layer("conv2").kernel
        kernel.assign(np.where(kernel.numpy() == 0, 1e-3, kernel.numpy()))
        return bare

    monkeypatch.setattr(masks, "settled", leaky)
    with pytest.raises(LostZerosError) as caught:
        run_stage(tmp_path, 1, source=stage_path(folder, 1), dense=folder / "dense.keras")
    assert str(caught.value) == "sparsity lost: 576 of the 576 zeros that layer conv2 began with came back"
    assert not stage_path(tmp_path, 2).exists()


def with_floor(on_floor: str) -> Config:
    stages = (Stage(sparsity=0.3, epochs=1), Stage(sparsity=0.95, epochs=1, learning_rate=1e-9, floor=0.99))
    return dataclasses.replace(CONFIG, prune=PruneConfig(stages=stages, on_floor=on_floor))


def test_a_broken_floor_stops_with_one_line(run, tmp_path):
    folder, _ = run
    with pytest.raises(
        FloorError,
        match=r"^stage 2 \(sparsity 0\.95\) reached macro-F1 0\.\d{3}, under its floor 0\.99; lower the floor, "
        r"give it more epochs, or set prune\.on_floor to 'fallback'$",
    ):
        run_stage(tmp_path, 1, with_floor("stop"), source=stage_path(folder, 1), dense=folder / "dense.keras")


def test_a_broken_floor_falls_back_to_the_stage_before(run, tmp_path):
    folder, _ = run
    config = with_floor("fallback")
    (tmp_path / "prune").mkdir()
    for name in ("stage-01.keras", "stage-01.json"):
        (tmp_path / "prune" / name).write_bytes((folder / "prune" / name).read_bytes())
    assert run_stage(tmp_path, 1, config)["passed"] is False
    assert prune.finish(config, tmp_path / "prune", tmp_path / "pruned.keras", tmp_path / "chosen.json") == 1
    assert json.loads((tmp_path / "chosen.json").read_text())["stage"] == 1
    assert sha256_file(tmp_path / "pruned.keras") == sha256_file(stage_path(folder, 1))


def test_the_last_stage_is_kept_where_all_pass(run, tmp_path):
    folder, _ = run
    assert prune.finish(CONFIG, folder / "prune", tmp_path / "pruned.keras", tmp_path / "chosen.json") == 3
    assert sha256_file(tmp_path / "pruned.keras") == sha256_file(stage_path(folder, 3))


def recovering(**settings) -> Config:
    stage = Stage(sparsity=0.5, epochs=6, learning_rate=0.005)
    return dataclasses.replace(CONFIG, prune=PruneConfig(stages=(stage,), **settings))


@pytest.fixture(scope="module")
def rewound(run, tmp_path_factory):
    """File of the dense model pruned by `recovering` as it is by default: rewound, and taught by labels alone."""
    out = tmp_path_factory.mktemp("rewound") / "stage-01.keras"
    dense = run[0] / "dense.keras"
    prune.run_stage(BEATS, recovering(), 0, dense, dense, out)
    return out


def test_a_stage_ends_early_once_it_is_as_good_as_the_dense_model(run, tmp_path):
    folder, _ = run
    (tmp_path / "prune").mkdir()
    dense = folder / "dense.keras"
    result = run_stage(tmp_path, 0, recovering(stop_within=0.1), source=dense, dense=dense)
    assert len(result["history"]) == result["epochs"] < 6
    assert result["epochs"] > 2, "the ramp takes the first third"
    assert result["macro_f1"] >= fit.evaluate(keras_file.load(dense), BEATS, VALIDATION)[1] - 0.1


def test_without_rewinding_a_stage_goes_on_at_the_schedules_last_rate(run, rewound, tmp_path):
    """A fiftieth of the rate moves the weights a fraction as far."""
    assert recovering() == recovering(rewind=True)
    dense, straight = run[0] / "dense.keras", tmp_path / "stage-01.keras"
    prune.run_stage(BEATS, recovering(rewind=False), 0, dense, dense, straight)
    moved = []
    for path in (rewound, straight):
        now, before = masks.kernels(keras_file.load(path)), masks.kernels(keras_file.load(dense))
        alive = now["conv3"] != 0
        moved.append(np.abs(now["conv3"] - before["conv3"])[alive].mean())
    assert moved[1] < 0.25 * moved[0]


def test_distillation_brings_the_pruned_model_nearer_to_the_dense_one(run, rewound, tmp_path):
    assert recovering() == recovering(distillation=0.0)
    dense, taught = run[0] / "dense.keras", tmp_path / "stage-01.keras"
    prune.run_stage(BEATS, recovering(distillation=1.0), 0, dense, dense, taught)
    wanted = fit.predict(dense, BEATS)
    away = []
    for path in (rewound, taught):
        said = fit.predict(path, BEATS)
        away.append(-np.mean(np.sum(wanted * np.log(said + 1e-7), axis=1)))
    assert away[1] < away[0]


def blocks(kernel: np.ndarray) -> list[np.ndarray]:
    """The 1x4 blocks of a Keras kernel, read off TFLite's order of axes one output at a time."""
    ohwi = kernel.transpose(3, 0, 1, 2) if kernel.ndim == 4 else kernel.T
    rows = [row.ravel() for row in ohwi]
    return [row[start : start + 4] for row in rows for start in range(0, row.size, 4)]


def test_blocks_go_and_stay_as_a_whole(run, tmp_path):
    """conv1 has 7 taps, so that each output's second block is of three weights; rr1 is dense."""
    folder, _ = run
    config = dataclasses.replace(CONFIG, prune=PruneConfig(stages=STAGES, granularity="block"))
    first, second = tmp_path / "stage-01.keras", tmp_path / "stage-02.keras"
    dense = folder / "dense.keras"
    prune.run_stage(BEATS, config, 0, dense, dense, first)
    prune.run_stage(BEATS, config, 1, dense, first, second)
    for path, target in ((first, 0.3), (second, 0.6)):
        for name, kernel in masks.kernels(keras_file.load(path)).items():
            found = blocks(kernel)
            assert all(np.all(b == 0) or np.all(b != 0) for b in found), name
            least = masks.expected_zeros(kernel.size, target, "block")
            assert least <= np.sum(kernel == 0) < least + 4, name
    later = zeros(second)
    assert all(np.all(later[name][before]) for name, before in zeros(first).items())
    assert abs(json.loads(second.with_suffix(".json").read_text())["sparsity"]["overall"] - 0.6) < 0.005
