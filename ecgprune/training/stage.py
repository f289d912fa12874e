"""One pruning and the training after it, of any model for any task.

A stage raises the sparsity along tfmot's polynomial ramp, then trains on with fixed masks. It may rewind the learning
rate (Renda et al., "Comparing rewinding and fine-tuning in neural network pruning", arXiv 2003.02389), learn from the
dense model, and end as soon as it is as good. One-shot removes everything in its first batch. Channels are removed
before the first batch in both cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ecgprune.artifacts import Progress, no_progress
from ecgprune.config import PruneConfig
from ecgprune.training import allocation, channel_stage, masks, zeros
from ecgprune.training._tf import tfmot
from ecgprune.training.loop import Course, Fitted, Teacher, fit
from ecgprune.training.task import Task

__all__ = ["Job", "Pruned", "make_zeros", "prune_channels"]

RAMP_SHARE = 1 / 3
"""Share of a stage's steps in which its sparsity rises; the rest is recovery."""
RAMP_UPDATES = 16
"""How often the masks are updated while it rises."""


@dataclass(frozen=True)
class Job:
    """One pruning and the training after it.

    Attributes:
        task: what the model is trained for.
        settings: how weights are removed; settings.granularity is what is pruned.
        dense: gives the dense model, for its answers to learn from, its score to reach, and its cost, of which goals
            are shares.
        seed: of the training.
        target: share of the goal of `settings`, 0 to 1.
        epochs: of the training after it.
        learning_rate: the first one.
        instructions: predicts what a Keras model takes; needed for channels and goals in instructions.
        tables: what `allocation.targets` decides by, of the dense model, for weights and blocks.
        progress: called as work goes on.
        excluded: names of kernels that stay as they are; for channels, of layers that keep theirs.
        keep_last: keeps the weights of the last epoch, not those of the best one.
    """

    task: Task
    settings: PruneConfig
    dense: Callable[[], Any]
    seed: int
    target: float
    epochs: int
    learning_rate: float
    instructions: Callable[[Any], int] | None = None
    tables: Mapping[str, Any] | None = None
    progress: Progress = no_progress
    excluded: frozenset[str] = frozenset()
    keep_last: bool = False


@dataclass(frozen=True)
class Pruned:
    """What a stage made.

    Attributes:
        model: the pruned Keras model.
        fitted: how its training went.
        told: what its result says beside the scores: see `prune.run_stage`.
    """

    model: Any
    fitted: Fitted
    told: dict[str, Any] = field(default_factory=dict)


Targets = Mapping[str, float]
"""{kernel: sparsity}."""


def make_zeros(model: Any, job: Job, what: str, *, at_once: bool = False) -> Pruned:
    """Makes weights or blocks zero along a schedule while a copy of `model` is trained, and checks the zeros.

    Args:
        model: the Keras model to prune; it is not changed.
        job: how.
        what: names the pruned model in an error.
        at_once: everything in the first batch, instead of along a ramp.

    Returns:
        The pruned model, and "targets" and "predicted_instructions" of its result.

    Raises:
        PruningError: the goal is out of reach.
        LostZerosError: zeros were lost.
        TrainingError: training does not go on.
    """
    granularity = job.settings.granularity
    targets = allocation.aimed(model, job.settings, job.target, job.tables, job.instructions, job.excluded)
    steps = job.task.steps * job.epochs
    schedule, settled = (_at_once, 0) if at_once else (_ramp, int(job.epochs * RAMP_SHARE))
    copy = masks.copied(model)
    pruner = masks.Pruner(copy, granularity, lambda name, now: schedule(targets, steps, name, now))
    fitted = _recover(copy, job, [pruner], pruner.before_step, settled)
    pruned = masks.settled(copy)
    zeros.check_held(model, pruned)
    zeros.check_targets(pruned, granularity, targets, what)
    predicted = None
    if job.instructions:
        predicted = job.instructions(pruned)
    elif job.tables and "instructions" in job.tables["layers"][0]:
        predicted = allocation.predicted(job.tables, targets)
    return Pruned(pruned, fitted, {"targets": dict(targets), "predicted_instructions": predicted})


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


def prune_channels(model: Any, job: Job) -> Pruned:
    """Removes channels from `model` until the goal is met, then trains what remains.

    Args:
        model: the Keras model to prune; it is not changed.
        job: how.

    Returns:
        The smaller model, and what `channel_stage.described` tells.

    Raises:
        PruningError: the goal is out of reach, or a layer is of a kind that is not supported.
        TrainingError: training does not go on.
    """
    pruned = channel_stage.smaller(
        model, job.dense(), job.task, job.settings, job.target, job.seed, job.instructions, job.excluded
    )
    if any(np.any(kernel == 0) for kernel in masks.kernels(pruned).values()):  # of pruning before: they stay
        pruner = masks.Pruner(pruned, "weight", _never)
        fitted = _recover(pruned, job, [pruner], pruner.before_step)
        pruned = masks.settled(pruned)
    else:
        fitted = _recover(pruned, job)
    return Pruned(pruned, fitted, channel_stage.described(job.dense(), pruned))


def _never(name: str, now: float) -> Any:
    """The masks stay as they are."""
    return tfmot.sparsity.keras.ConstantSparsity(now, begin_step=2**30)


def _recover(
    model: Any, job: Job, callbacks: Sequence[Any] = (), before_step: Callable[[], None] | None = None, settled: int = 0
) -> Fitted:
    """Trains `model` in place, as the settings say: rewound or not, taught by the dense model, until it is as good."""
    settings = job.settings
    settled = job.epochs - 1 if job.keep_last else settled
    taught = settings.distillation > 0 or settings.stop_within is not None
    reference = job.dense() if taught else None
    enough = None
    if settings.stop_within is not None:
        enough = job.task.scores(reference)[job.task.metric] - settings.stop_within
    return fit(
        model,
        job.task,
        Course(job.seed, job.epochs, job.learning_rate, anneal=settings.rewind, settled=settled, enough=enough),
        callbacks=callbacks,
        before_step=before_step,
        teacher=Teacher(reference, settings.distillation, settings.temperature) if settings.distillation > 0 else None,
        progress=job.progress,
    )
