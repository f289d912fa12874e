"""Stages that remove channels: goals counted from the dense model, a smaller ordinary model, the same result files."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from training_data import shortened, small_beats

from ecgprune.artifacts import sha256_file
from ecgprune.config import Config, PruneConfig, QuantizeConfig, Stage, TrainConfig
from ecgprune.errors import ArtifactError, PruningError
from ecgprune.training import channels, fit, keras_file, prune, quantize
from ecgprune.training.arrays import VALIDATION

BEATS = small_beats()
STAGES = (Stage(fewer_macs=0.3, epochs=2), Stage(fewer_macs=0.6, epochs=2))
CONFIG = Config(
    seed=5,
    train=TrainConfig(epochs=3, batch_size=64, learning_rate=0.005),
    prune=PruneConfig(granularity="channel", allocation="cost", stages=STAGES),
    quantize=QuantizeConfig(calibration_beats=50),
)


def stage_path(folder: Path, number: int) -> Path:
    return folder / "prune" / f"stage-{number:02}.keras" if number else folder / "dense.keras"


def run_stage(folder: Path, index: int, config: Config = CONFIG, out: Path | None = None, **more) -> dict:
    source, out = stage_path(folder, index), out or stage_path(folder, index + 1)
    return prune.run_stage(BEATS, config, index, stage_path(folder, 0), source, out, **more)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder with the dense model and both stages, and the stages' results."""
    folder = tmp_path_factory.mktemp("run")
    with shortened():
        fit.train_dense(BEATS, CONFIG, folder / "dense.keras", folder / "dense.json", folder / "logs")
    return folder, [run_stage(folder, i) for i in range(2)]


def test_each_stage_spares_its_share_of_the_dense_models_macs(run):
    folder, results = run
    dense = channels.total_macs(keras_file.load(folder / "dense.keras"))
    for number, result in enumerate(results, start=1):
        left = channels.total_macs(keras_file.load(stage_path(folder, number)))
        removed = 1 - left / dense
        assert STAGES[number - 1].target <= removed < STAGES[number - 1].target + 0.04  # a channel is worth that much
        assert result["macs"] == {"dense": dense, "left": left}


def test_the_result_says_what_the_file_holds(run):
    folder, results = run
    dense = channels.widths(keras_file.load(folder / "dense.keras"))
    for number, result in enumerate(results, start=1):
        path = stage_path(folder, number)
        assert json.loads(path.with_suffix(".json").read_text()) == result
        model = keras_file.load(path)
        assert {row["layer"]: row["left"] for row in result["channels"]} == channels.widths(model)
        assert {row["layer"]: row["dense"] for row in result["channels"]} == dense
        assert result["parameters"]["left"] == model.count_params()
        assert (result["accuracy"], result["macro_f1"]) == fit.evaluate(model, BEATS, VALIDATION)
        assert (result["granularity"], result["passed"], result["epochs"]) == ("channel", True, 2)
        assert result["sparsity"]["overall"] == 0


def test_later_stages_are_never_wider(run):
    folder, _ = run
    widths = [channels.widths(keras_file.load(stage_path(folder, number))) for number in range(3)]
    for name, dense in widths[0].items():
        assert dense >= widths[1][name] >= widths[2][name]
    assert widths[2]["probabilities"] == 5


def test_a_stage_run_again_writes_the_same_bytes(run, tmp_path):
    folder, _ = run
    run_stage(folder, 1, out=tmp_path / "again.keras")
    assert sha256_file(tmp_path / "again.keras") == sha256_file(stage_path(folder, 2))
    assert sha256_file(tmp_path / "again.json") == sha256_file(stage_path(folder, 2).with_suffix(".json"))


def test_one_shot_reaches_the_last_goal_at_once(run, tmp_path):
    folder, _ = run
    result = prune.one_shot(BEATS, CONFIG, folder / "dense.keras", tmp_path / "one-shot.keras")
    assert (result["method"], result["epochs"], result["target"]) == ("one-shot", 4, 0.6)
    left = channels.total_macs(keras_file.load(tmp_path / "one-shot.keras"))
    assert left == result["macs"]["left"] <= 0.4 * result["macs"]["dense"]


def test_the_int8_model_is_smaller_and_as_good(run, tmp_path):
    folder, results = run
    sizes = [
        quantize.quantize(BEATS, CONFIG, stage_path(folder, number), tmp_path / f"{number}.tflite")["bytes"]
        for number in (0, 2)
    ]
    assert sizes[1] < 0.7 * sizes[0]
    machine = Interpreter(str(tmp_path / "2.tflite"))
    machine.allocate_tensors()
    ecg, rr = (detail["index"] for detail in machine.get_input_details())
    index = np.flatnonzero(BEATS.split == VALIDATION)
    hits = 0
    for i in index:
        machine.set_tensor(ecg, BEATS.ecg[i][None, None, :, None])
        machine.set_tensor(rr, BEATS.rr[i][None])
        machine.invoke()
        hits += machine.get_tensor(machine.get_output_details()[0]["index"])[0].argmax() == BEATS.label[i]
    assert abs(hits / len(index) - results[1]["accuracy"]) < 0.05


def test_a_goal_in_instructions_is_counted_by_the_callable(run, tmp_path):
    folder, _ = run
    stages = (Stage(fewer_instructions=0.5, epochs=1),)
    config = dataclasses.replace(CONFIG, prune=dataclasses.replace(CONFIG.prune, stages=stages))

    def instructions(model):  # as on a core on which only the third convolution costs anything
        return 1000 * model.get_layer("conv3").filters

    run_stage(folder, 0, config, tmp_path / "stage-01.keras", instructions=instructions)
    left = channels.widths(keras_file.load(tmp_path / "stage-01.keras"))
    assert left == channels.widths(keras_file.load(folder / "dense.keras")) | {"conv3": 16}
    with pytest.raises(PruningError, match=r"^stages that ask for fewer_instructions need a prediction of the core's"):
        run_stage(folder, 0, config, tmp_path / "none.keras")


def test_a_goal_out_of_reach_says_so(run, tmp_path):
    folder, _ = run
    stages = (Stage(fewer_macs=0.9999, epochs=1),)
    config = dataclasses.replace(CONFIG, prune=dataclasses.replace(CONFIG.prune, stages=stages))
    with pytest.raises(PruningError, match=r"^fewer_macs 0\.9999 is out of reach: with one channel left in every"):
        run_stage(folder, 0, config, tmp_path / "stage-01.keras")
    assert not (tmp_path / "stage-01.keras").exists()


def test_a_source_with_other_channels_than_promised_is_refused(run, tmp_path):
    folder, _ = run
    (tmp_path / "prune").mkdir()
    stage_path(tmp_path, 0).write_bytes(stage_path(folder, 0).read_bytes())
    stage_path(tmp_path, 1).write_bytes(stage_path(folder, 2).read_bytes())
    with pytest.raises(ArtifactError, match=r"stage-01\.json does not tell the channels of stage-01\.keras; delete"):
        run_stage(tmp_path, 1)
    promise = stage_path(folder, 1).with_suffix(".json")
    stage_path(tmp_path, 1).with_suffix(".json").write_bytes(promise.read_bytes())
    with pytest.raises(ArtifactError, match=r"^stage-01\.keras has \d+ channels in layer conv\d, \d+ were expected"):
        run_stage(tmp_path, 1)
