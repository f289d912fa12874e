"""A run's pruning stages, each from the model that the stage before it left on disk; and one-shot, to compare.

What a stage does is `stage.py`'s. One-shot trains for as many epochs as all stages take together.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, no_progress, replacing, write_json
from ecgprune.config import Config
from ecgprune.errors import ArtifactError, FloorError
from ecgprune.training import channel_stage, keras_file, masks, models, zeros
from ecgprune.training._tf import seed_everything
from ecgprune.training.arrays import Beats, trainable
from ecgprune.training.beats import BeatsTask
from ecgprune.training.stage import Job, Pruned, make_zeros, prune_channels

__all__ = ["finish", "one_shot", "run_stage"]

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
        PruningError: the goal is out of reach.
        LostZerosError: the source lost what the stage before reached, or zeros were lost in this stage.
        FloorError: macro-F1 is under the floor and config.prune.on_floor is "stop".
        ArtifactError: no file says what the stage before reached.
    """
    stage, seed = config.prune.stages[index], config.seed + 1 + index
    model = _start(beats, config, seed, source)
    if index:
        _check_source(model, config, index, source)
    settings = config.prune.only(config.prune.granularity_of(index))
    job = Job(BeatsTask(beats, config.train), settings, partial(keras_file.load, dense), seed, stage.target,
              stage.epochs, stage.learning_rate, instructions, tables, progress,
              keep_last=config.train.keep == "last")  # fmt: skip
    if settings.granularity == "channel":
        done = prune_channels(model, job)
    else:
        done = make_zeros(model, job, f"the model pruned to {stage.target:g}")
        if config.prune.channel_stages > 0:
            done.told["macs"] = channel_stage.macs(keras_file.load(dense), done.model)
    result = _write(job, done, {"index": index + 1, "method": "multistage"}, stage.floor, out)
    if not result["passed"] and config.prune.on_floor == "stop":
        raise FloorError(
            f"stage {index + 1} ({stage.goal} {stage.target:g}) reached macro-F1 {result['macro_f1']:.3f}, under its "
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
        PruningError, LostZerosError: as `run_stage`.
    """
    stages = config.prune.stages
    target, epochs, rate = stages[-1].target, sum(s.epochs for s in stages), max(s.learning_rate for s in stages)
    model = _start(beats, config, config.seed, source)
    job = Job(BeatsTask(beats, config.train), config.prune, partial(keras_file.load, source), config.seed, target,
              epochs, rate, instructions, tables, progress,
              keep_last=config.train.keep == "last")  # fmt: skip
    if config.prune.granularity == "channel":
        done = prune_channels(model, job)
    else:
        done = make_zeros(model, job, "the model pruned in one shot", at_once=True)
    return _write(job, done, {"index": 0, "method": "one-shot"}, 0.0, out)


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


def _write(job: Job, done: Pruned, which: dict[str, Any], floor: float, out: Path) -> dict[str, Any]:
    """Writes the pruned model to `out` and its result, which begins with `which`, beside it; returns the result."""
    result = {
        "schema_version": 1,
        **which,
        **done.told,
        "granularity": job.settings.granularity,
        "target": job.target,
        "sparsity": masks.sparsity(done.model),
        **done.fitted.scores,
        "epochs": len(done.fitted.history),
        "best_epoch": done.fitted.best_epoch + 1,
        "learning_rate": job.learning_rate,
        "floor": floor,
        "passed": done.fitted.scores["macro_f1"] >= floor,
        "history": done.fitted.history,
    }
    keras_file.save(done.model, out)
    write_json(out.with_suffix(".json"), result)
    return result


def _check_source(model: Any, config: Config, index: int, source: Path) -> None:
    """Checks that `model`, from `source`, still has what the stage before `index` reached.

    Raises:
        LostZerosError: zeros are missing.
        ArtifactError: it has other channels, or no file says what that was.
    """
    before = config.prune.granularity_of(index - 1)
    if before == "channel":
        channel_stage.check(model, source)
    else:
        what = f"{source.name}, from which stage {index + 1} goes on,"
        zeros.check_targets(model, config.prune.granularity, zeros.promised(source), what)
