"""Pruning in stages, each from the model that the stage before it left on disk; and one-shot, to compare.

A stage raises the sparsity along tfmot's polynomial ramp, then recovers with its masks held: it may rewind the learning
rate (Renda et al., "Comparing rewinding and fine-tuning in neural network pruning", arXiv 2003.02389), learn from the
dense model, and end as soon as it is as good. One-shot removes everything at its first step and recovers for as many
epochs as all stages take together. Channels go at once in either, before the first step: the stages are their ramp.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress, replacing, write_json
from ecgprune.config import Config, Stage
from ecgprune.errors import ArtifactError, PruningError
from ecgprune.training import allocation, channel_stage, keras_file, masks, models
from ecgprune.training._tf import seed_everything, tfmot
from ecgprune.training.arrays import VALIDATION, Beats, trainable
from ecgprune.training.augment import steps_per_epoch
from ecgprune.training.fit import Fitted, Teacher, evaluate, fit

__all__ = ["finish", "one_shot", "run_stage"]

RAMP_SHARE = 1 / 3
"""Share of a stage's steps in which its sparsity rises; the rest is recovery."""
RAMP_UPDATES = 16
"""Times the masks are chosen anew on the way."""


def run_stage(
    beats: Beats, config: Config, index: int, dense: Path, source: Path, out: Path, progress: Progress = no_progress,
    instructions: Callable[[Any], int] | None = None, tables: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Runs stage `index` (from 0) on the model in `source`; writes the pruned model to `out`, and the result beside it.

    dense: the dense model, for its answers to learn from, its score to reach, and its cost, of which goals are shares.
    instructions: predicts what a Keras model takes on the first board's core, for channels and goals in instructions.
    tables: what `allocation.targets` chooses by, of the dense model, for weights and blocks.

    The result (`out` with suffix .json, and returned): {"index" (from 1), "method", "granularity", "target",
    "sparsity": {"overall", "per_layer": [{"layer", "zeros", "weights", "sparsity"}]}, "accuracy", "macro_f1"
    (of the validation beats), "epochs", "best_epoch" (from 1), "learning_rate", "floor", "passed", "history"},
    and of channels also what `channel_stage.described` tells, of weights and blocks "targets": {layer: sparsity},
    "predicted_instructions", None without tables, and after channels "macs": {"dense", "left" (with a weight that is
    not zero)}.
    Raises PruningError: the source lost what the stage before reached, zeros were lost in this one, macro-F1 fell under
    the floor and config.prune.on_floor is "stop", or the goal is out of reach. Raises ArtifactError: nothing tells what
    the stage before reached.
    """
    stage, seed = config.prune.stages[index], config.seed + 1 + index
    model = _start(beats, config, seed, source)
    if index:
        _check_source(model, config, index, source)
    after_channels = config.prune.channel_stages > 0
    config = replace(config, prune=config.prune.only(config.prune.granularity_of(index)))
    if config.prune.granularity == "channel":
        pruned, fitted = _prune_channels(
            model, beats, config, dense, seed, stage.target, instructions, stage.epochs, stage.learning_rate, progress
        )
        told = channel_stage.described(keras_file.load(dense), pruned)
    else:
        pruned, fitted, told = _prune_in_stage(
            model, beats, config, stage, seed, dense, tables, instructions, progress
        )
        if after_channels:
            told["macs"] = channel_stage.macs(keras_file.load(dense), pruned)
    result = (
        {"schema_version": 1, "index": index + 1, "method": "multistage"}
        | told
        | _result(config, pruned, fitted, stage.target, stage.learning_rate, stage.floor)
    )
    keras_file.save(pruned, out)
    write_json(out.with_suffix(".json"), result)
    if not result["passed"] and config.prune.on_floor == "stop":
        raise PruningError(
            f"stage {index + 1} ({stage.goal} {stage.target:g}) reached macro-F1 {fitted.macro_f1:.3f}, under its "
            f"floor {stage.floor:g}; lower the floor, give it more epochs, or set prune.on_floor to 'fallback'"
        )
    return result


def _prune_in_stage(
    model: Any, beats: Beats, config: Config, stage: Stage, seed: int, dense: Path, tables: Mapping[str, Any] | None,
    instructions: Callable[[Any], int] | None, progress: Progress,
) -> tuple[Any, Fitted, dict[str, Any]]:  # fmt: skip
    """(pruned model, how it went, what its result tells) of a stage that makes zeros; checks them."""
    targets = allocation.aimed(model, config.prune, stage.target, tables, instructions)

    def ramp(steps: int, layer: str, now: float) -> Any:
        update_every = max(1, round(steps * RAMP_SHARE / RAMP_UPDATES))
        last = max(update_every, int(steps * RAMP_SHARE) // update_every * update_every)
        return tfmot.sparsity.keras.PolynomialDecay(
            min(now, targets[layer]), targets[layer], begin_step=0, end_step=last, frequency=update_every
        )

    settled = int(stage.epochs * RAMP_SHARE)
    pruned, fitted = _prune(
        model, beats, config, dense, seed, ramp, stage.epochs, stage.learning_rate, settled, progress
    )
    _check_held(model, pruned)
    _check_sparsity(pruned, config, targets, f"the model pruned to {stage.target:g}")
    return pruned, fitted, _told(pruned, targets, tables, instructions)


def one_shot(
    beats: Beats, config: Config, source: Path, out: Path, progress: Progress = no_progress,
    instructions: Callable[[Any], int] | None = None, tables: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Prunes the dense model in `source` to the last stage's goal at once; writes and returns as `run_stage` does.

    Epochs are those of all stages together, the learning rate is the largest of theirs; there is no floor, and "index"
    is 0. Raises PruningError as `run_stage`, but for the floor.
    """
    stages = config.prune.stages
    target, epochs, rate = stages[-1].target, sum(s.epochs for s in stages), max(s.learning_rate for s in stages)
    model = _start(beats, config, config.seed, source)
    if config.prune.granularity == "channel":
        pruned, fitted = _prune_channels(
            model, beats, config, source, config.seed, target, instructions, epochs, rate, progress
        )
        told = channel_stage.described(keras_file.load(source), pruned)
    else:
        targets = allocation.aimed(model, config.prune, target, tables, instructions)

        def at_once(steps: int, layer: str, now: float) -> Any:
            return tfmot.sparsity.keras.ConstantSparsity(targets[layer], begin_step=1, end_step=1, frequency=1)

        pruned, fitted = _prune(model, beats, config, source, config.seed, at_once, epochs, rate, 0, progress)
        _check_held(model, pruned)
        _check_sparsity(pruned, config, targets, "the model pruned in one shot")
        told = _told(pruned, targets, tables, instructions)
    told = {"schema_version": 1, "index": 0, "method": "one-shot"} | told
    result = told | _result(config, pruned, fitted, target, rate, 0.0)
    keras_file.save(pruned, out)
    write_json(out.with_suffix(".json"), result)
    return result


def finish(config: Config, folder: Path, out: Path, chosen: Path) -> int:
    """Copies the model of the last stage that passed, with all before it, to `out`, and returns its number, from 1.

    0 means the dense model. folder: holds stage-NN.keras and stage-NN.json; the dense model is dense.keras beside it.
    chosen: gets {"stage": the number} for whoever tells about it. Raises ArtifactError: a stage has not finished.
    """
    results = []
    for number in range(1, len(config.prune.stages) + 1):
        path = folder / f"stage-{number:02}.json"
        if not path.is_file():
            raise ArtifactError(f"no {path.name} in {folder}: pruning stage {number} has not finished; run it first")
        results.append(json.loads(path.read_text(encoding="utf-8")))
    kept = len(list(itertools.takewhile(lambda result: result["passed"], results)))
    with replacing(out) as new:
        shutil.copyfile(folder / f"stage-{kept:02}.keras" if kept else folder.parent / "dense.keras", new)
    write_json(chosen, {"stage": kept})
    return kept


def _start(beats: Beats, config: Config, seed: int, source: Path) -> Any:
    """The model in `source`, in a session that is seeded for one stage."""
    trainable(beats)
    seed_everything(seed)
    model = keras_file.load(source)
    models.check_window(model, int(beats.ecg.shape[1]), source.name)
    return model


def _prune(
    model: Any, beats: Beats, config: Config, dense: Path, seed: int, schedule: Callable[[int, str, float], Any],
    epochs: int, learning_rate: float, settled: int, progress: Progress,
) -> tuple[Any, Fitted]:  # fmt: skip
    """(pruned model, how it went). schedule: the tfmot schedule from all steps, a layer, and the sparsity it has."""
    steps = steps_per_epoch(beats, config.train) * epochs
    wrapped = masks.wrap(model, config.prune.granularity, lambda layer, now: schedule(steps, layer, now))
    fitted = _recover(wrapped, beats, config, dense, seed, epochs, learning_rate, progress, [masks.callback()], settled)
    return masks.strip(wrapped), fitted


def _prune_channels(
    model: Any, beats: Beats, config: Config, dense: Path, seed: int, target: float,
    instructions: Callable[[Any], int] | None, epochs: int, learning_rate: float, progress: Progress,
) -> tuple[Any, Fitted]:  # fmt: skip
    """(smaller model, how it went): channels go until the goal is met, then what is left recovers."""
    pruned = channel_stage.smaller(model, keras_file.load(dense), beats, config, target, seed, instructions)
    return pruned, _recover(pruned, beats, config, dense, seed, epochs, learning_rate, progress)


def _recover(
    model: Any, beats: Beats, config: Config, dense: Path, seed: int, epochs: int, learning_rate: float,
    progress: Progress, callbacks: Sequence[Any] = (), settled: int = 0,
) -> Fitted:  # fmt: skip
    """Trains `model` in place, as the config says: rewound or not, taught by the dense model, until it is as good."""
    settings = config.prune
    taught = settings.distillation > 0 or settings.stop_within is not None
    reference = keras_file.load(dense) if taught else None
    return fit(
        model, beats, config.train, seed=seed, epochs=epochs, learning_rate=learning_rate, anneal=settings.rewind,
        callbacks=callbacks, settled=settled, progress=progress,
        teacher=Teacher(reference, settings.distillation, settings.temperature) if settings.distillation > 0 else None,
        enough=None if settings.stop_within is None
        else evaluate(reference, beats, VALIDATION)[1] - settings.stop_within,
    )  # fmt: skip


def _result(
    config: Config, pruned: Any, fitted: Fitted, target: float, learning_rate: float, floor: float
) -> dict[str, Any]:
    return {
        "granularity": config.prune.granularity,
        "target": target,
        "sparsity": masks.sparsity(pruned),
        "accuracy": fitted.accuracy,
        "macro_f1": fitted.macro_f1,
        "epochs": len(fitted.history),
        "best_epoch": fitted.best_epoch + 1,
        "learning_rate": learning_rate,
        "floor": floor,
        "passed": fitted.macro_f1 >= floor,
        "history": fitted.history,
    }


def _told(
    pruned: Any, targets: Mapping[str, float], tables: Mapping[str, Any] | None,
    instructions: Callable[[Any], int] | None,
) -> dict[str, Any]:  # fmt: skip
    """What the result of a stage that makes zeros says beside the rest."""
    predicted = instructions(pruned) if instructions else allocation.predicted(tables, targets) if tables else None
    return {"targets": dict(targets), "predicted_instructions": predicted}


def _promised(source: Path) -> dict[str, float]:
    """The targets that the result beside the pruned model `source` tells. Raises ArtifactError: it does not."""
    path = source.with_suffix(".json")
    try:
        targets: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["targets"]
    except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ArtifactError(
            f"{path} does not tell how sparse {source.name} is; delete both files and prune again"
        ) from error
    return targets


def _check_source(model: Any, config: Config, index: int, source: Path) -> None:
    """Raises PruningError: `model`, from `source`, lost what the stage before `index` reached. Raises ArtifactError:
    nothing tells what that was."""
    if config.prune.granularity_of(index - 1) == "channel":
        channel_stage.check(model, source)
    else:
        _check_sparsity(model, config, _promised(source), f"{source.name}, from which stage {index + 1} goes on,")


def _check_sparsity(model: Any, config: Config, targets: Mapping[str, float], what: str) -> None:
    """Raises PruningError: a layer of `model` has fewer zeros than its sparsity in `targets` makes."""
    for name, kernel in masks.kernels(model).items():
        target = targets[name]
        zeros, expected = int(np.sum(kernel == 0)), masks.expected_zeros(kernel.size, target, config.prune.granularity)
        if zeros < expected:
            raise PruningError(
                f"sparsity lost: {what} has {zeros} zeros of {kernel.size} weights in layer {name}, "
                f"{expected} were expected at sparsity {target:g}; delete its file and prune again"
            )


def _check_held(before: Any, after: Any) -> None:
    """Raises PruningError: a weight that was zero is zero no more."""
    now: dict[str, NDArray[np.float32]] = masks.kernels(after)
    for name, kernel in masks.kernels(before).items():
        zeros, revived = int(np.sum(kernel == 0)), int(np.sum((kernel == 0) & (now[name] != 0)))
        if revived:
            raise PruningError(f"sparsity lost: {revived} of the {zeros} zeros that layer {name} began with came back")
