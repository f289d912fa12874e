"""Pruning in stages, each from the model that the stage before it left on disk; and one-shot, to compare.

A stage raises the sparsity along tfmot's polynomial ramp, then trains on with fixed masks. It may rewind the learning
rate (Renda et al., "Comparing rewinding and fine-tuning in neural network pruning", arXiv 2003.02389), learn from the
dense model, and end as soon as it is as good. One-shot removes everything in its first batch and trains for as many
epochs as all stages take together. Channels are removed before the first batch in both cases.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, no_progress, replacing, write_json
from ecgprune.config import Config
from ecgprune.errors import ArtifactError, PruningError
from ecgprune.training import allocation, channel_stage, keras_file, masks, models, zeros
from ecgprune.training._tf import seed_everything, tfmot
from ecgprune.training.arrays import VALIDATION, Beats, trainable
from ecgprune.training.augment import steps_per_epoch
from ecgprune.training.fit import Course, Fitted, Teacher, evaluate, fit

__all__ = ["finish", "one_shot", "run_stage"]

RAMP_SHARE = 1 / 3
"""Share of a stage's steps in which its sparsity rises; the rest is recovery."""
RAMP_UPDATES = 16
"""How often the masks are updated while it rises."""


@dataclass(frozen=True)
class _Job:
    """One pruning and the training after it.

    config: config.prune.granularity is what is pruned. dense: file of the dense model, for its answers to learn from,
    its score to reach, and its cost, of which goals are shares. target: share of the goal of config.prune, 0 to 1.
    epochs, learning_rate: of the training after it. floor: validation macro-F1. instructions, tables: see `run_stage`.
    """

    beats: Beats
    config: Config
    dense: Path
    seed: int
    target: float
    epochs: int
    learning_rate: float
    floor: float
    instructions: Callable[[Any], int] | None
    tables: Mapping[str, Any] | None
    progress: Progress


Pruned = tuple[Any, Fitted, dict[str, Any]]
"""The pruned model, how its training went, and what its result says beside the scores."""

Targets = Mapping[str, float]
"""{layer: sparsity}."""

Schedule = Callable[[Targets, int, str, float], Any]
"""The tfmot schedule, from the targets, the number of steps, a layer, and the sparsity that it has now."""


def run_stage(
    beats: Beats, config: Config, index: int, dense: Path, source: Path, out: Path, progress: Progress = no_progress,
    instructions: Callable[[Any], int] | None = None, tables: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Runs one pruning stage, and writes the pruned model and its result.

    Args:
        beats: all beats; the training beats are trained on, the validation beats score.
        config: the run's config.
        index: number of the stage in config.prune.stages, from 0.
        dense: file of the dense model, for its answers to learn from, its score to reach, and its cost, of which goals
            are shares.
        source: file of the model to prune: that of the stage before, or `dense`.
        out: gets the pruned model; the result goes to the same name with suffix .json.
        progress: called as work goes on.
        instructions: predicts what a Keras model takes on the first board's core, for channels and goals in
            instructions.
        tables: what `allocation.targets` decides by, of the dense model, for weights and blocks.

    Returns:
        The result: {"index" (from 1), "method", "granularity", "target", "sparsity": {"overall", "per_layer":
        [{"layer", "zeros", "weights", "sparsity"}]}, "accuracy", "macro_f1" (of the validation beats), "epochs",
        "best_epoch" (from 1), "learning_rate", "floor", "passed", "history"}. Of channels also what
        `channel_stage.described` tells; of weights and blocks "targets": {layer: sparsity}, "predicted_instructions"
        (None without tables), and after channels "macs": {"dense", "left" (with a weight that is not zero)}.

    Raises:
        PruningError: the source lost what the stage before reached, zeros were lost in this stage, the goal is out of
            reach, or macro-F1 is under the floor and config.prune.on_floor is "stop".
        ArtifactError: no file says what the stage before reached.
    """
    stage, seed = config.prune.stages[index], config.seed + 1 + index
    model = _start(beats, config, seed, source)
    if index:
        _check_source(model, config, index, source)
    only = replace(config, prune=config.prune.only(config.prune.granularity_of(index)))
    job = _Job(beats, only, dense, seed, stage.target, stage.epochs, stage.learning_rate, stage.floor, instructions,
               tables, progress)  # fmt: skip
    if only.prune.granularity == "channel":
        pruned, fitted, told = _prune_channels(model, job)
    else:
        what = f"the model pruned to {stage.target:g}"
        pruned, fitted, told = _make_zeros(model, job, _ramp, int(stage.epochs * RAMP_SHARE), what)
        if config.prune.channel_stages > 0:
            told["macs"] = channel_stage.macs(keras_file.load(dense), pruned)
    result = _write(job, pruned, fitted, {"index": index + 1, "method": "multistage"} | told, out)
    if not result["passed"] and config.prune.on_floor == "stop":
        raise PruningError(
            f"stage {index + 1} ({stage.goal} {stage.target:g}) reached macro-F1 {fitted.macro_f1:.3f}, under its "
            f"floor {stage.floor:g}; lower the floor, give it more epochs, or set prune.on_floor to 'fallback'"
        )
    return result


def one_shot(
    beats: Beats, config: Config, source: Path, out: Path, progress: Progress = no_progress,
    instructions: Callable[[Any], int] | None = None, tables: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Prunes the dense model to the last stage's goal at once; writes and returns as `run_stage` does.

    Epochs are those of all stages together, the learning rate is the largest of theirs; there is no floor, and "index"
    is 0.

    Args:
        beats: as of `run_stage`, as are all that follow.
        config: the run's config.
        source: file of the dense model.
        out: gets the pruned model.
        progress: called as work goes on.
        instructions: predicts what a Keras model takes.
        tables: of the dense model.

    Raises:
        PruningError: as `run_stage`, but for the floor.
    """
    stages = config.prune.stages
    target, epochs, rate = stages[-1].target, sum(s.epochs for s in stages), max(s.learning_rate for s in stages)
    model = _start(beats, config, config.seed, source)
    job = _Job(beats, config, source, config.seed, target, epochs, rate, 0.0, instructions, tables, progress)
    if config.prune.granularity == "channel":
        pruned, fitted, told = _prune_channels(model, job)
    else:
        pruned, fitted, told = _make_zeros(model, job, _at_once, 0, "the model pruned in one shot")
    return _write(job, pruned, fitted, {"index": 0, "method": "one-shot"} | told, out)


def finish(config: Config, folder: Path, out: Path, chosen: Path) -> int:
    """Copies the model of the last stage that passed, together with all stages before it, to `out`.

    Args:
        config: has the stages.
        folder: holds stage-NN.keras and stage-NN.json; the dense model is dense.keras beside it.
        out: gets the model (.keras).
        chosen: gets {"stage": its number} (.json), for the report.

    Returns:
        Number of the stage, from 1; 0 is the dense model.

    Raises:
        ArtifactError: a stage has not finished.
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


def _make_zeros(model: Any, job: _Job, schedule: Schedule, settled: int, what: str) -> Pruned:
    """Makes weights or blocks zero along `schedule`, and checks the zeros.

    settled: the first epoch (from 0) whose weights may be kept. what: names the model in an error.
    """
    targets = allocation.aimed(model, job.config.prune, job.target, job.tables, job.instructions)
    steps = steps_per_epoch(job.beats, job.config.train) * job.epochs
    wrapped = masks.wrap(
        model, job.config.prune.granularity, lambda layer, now: schedule(targets, steps, layer, now)
    )
    fitted = _recover(wrapped, job, [masks.callback()], settled)
    pruned = masks.strip(wrapped)
    zeros.check_held(model, pruned)
    zeros.check_targets(pruned, job.config.prune.granularity, targets, what)
    predicted = None
    if job.instructions:
        predicted = job.instructions(pruned)
    elif job.tables:
        predicted = allocation.predicted(job.tables, targets)
    return pruned, fitted, {"targets": dict(targets), "predicted_instructions": predicted}


def _ramp(targets: Targets, steps: int, layer: str, now: float) -> Any:
    """tfmot's polynomial ramp over the first RAMP_SHARE of the steps."""
    update_every = max(1, round(steps * RAMP_SHARE / RAMP_UPDATES))
    last = max(update_every, int(steps * RAMP_SHARE) // update_every * update_every)
    return tfmot.sparsity.keras.PolynomialDecay(
        min(now, targets[layer]), targets[layer], begin_step=0, end_step=last, frequency=update_every
    )


def _at_once(targets: Targets, steps: int, layer: str, now: float) -> Any:
    """Everything at the first step."""
    return tfmot.sparsity.keras.ConstantSparsity(targets[layer], begin_step=1, end_step=1, frequency=1)


def _prune_channels(model: Any, job: _Job) -> Pruned:
    """Removes channels until the goal is met, then trains what remains."""
    pruned = channel_stage.smaller(
        model, keras_file.load(job.dense), job.beats, job.config, job.target, job.seed, job.instructions
    )
    fitted = _recover(pruned, job)
    return pruned, fitted, channel_stage.described(keras_file.load(job.dense), pruned)


def _recover(model: Any, job: _Job, callbacks: Sequence[Any] = (), settled: int = 0) -> Fitted:
    """Trains `model` in place, as the config says: rewound or not, taught by the dense model, until it is as good."""
    settings = job.config.prune
    taught = settings.distillation > 0 or settings.stop_within is not None
    reference = keras_file.load(job.dense) if taught else None
    enough = None
    if settings.stop_within is not None:
        enough = evaluate(reference, job.beats, VALIDATION)[1] - settings.stop_within
    return fit(
        model,
        job.beats,
        job.config.train,
        Course(job.seed, job.epochs, job.learning_rate, anneal=settings.rewind, settled=settled, enough=enough),
        callbacks=callbacks,
        teacher=Teacher(reference, settings.distillation, settings.temperature) if settings.distillation > 0 else None,
        progress=job.progress,
    )


def _write(job: _Job, pruned: Any, fitted: Fitted, told: dict[str, Any], out: Path) -> dict[str, Any]:
    """Writes the pruned model to `out` and its result beside it; returns the result."""
    result = {
        "schema_version": 1,
        **told,
        "granularity": job.config.prune.granularity,
        "target": job.target,
        "sparsity": masks.sparsity(pruned),
        "accuracy": fitted.accuracy,
        "macro_f1": fitted.macro_f1,
        "epochs": len(fitted.history),
        "best_epoch": fitted.best_epoch + 1,
        "learning_rate": job.learning_rate,
        "floor": job.floor,
        "passed": fitted.macro_f1 >= job.floor,
        "history": fitted.history,
    }
    keras_file.save(pruned, out)
    write_json(out.with_suffix(".json"), result)
    return result


def _check_source(model: Any, config: Config, index: int, source: Path) -> None:
    """Checks that `model`, from `source`, still has what the stage before `index` reached.

    Raises:
        PruningError: it has not.
        ArtifactError: no file says what that was.
    """
    before = config.prune.granularity_of(index - 1)
    if before == "channel":
        channel_stage.check(model, source)
    else:
        what = f"{source.name}, from which stage {index + 1} goes on,"
        zeros.check_targets(model, config.prune.granularity, zeros.promised(source), what)
