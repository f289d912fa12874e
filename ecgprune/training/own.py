"""Pruning a user's own model: any inputs, classes, loss and metric, by the engine that prunes the ECG models."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, no_progress
from ecgprune.config import PruneConfig
from ecgprune.errors import DataError, PruningError, QuantizationError, TrainingError
from ecgprune.graph.tflite import TfliteFile
from ecgprune.importers.representative import read
from ecgprune.training import allocation, channel_groups, channels, kernels, masks, stage
from ecgprune.training._tf import seed_everything
from ecgprune.training.conversion import traced
from ecgprune.training.height_one import height_one
from ecgprune.training.objectives import check_classes, classes_of, loss_of, metric_of
from ecgprune.training.outcome import DenseLayer, PruneResult, Quantized, StageResult
from ecgprune.training.own_options import Options
from ecgprune.training.post_training import quantized
from ecgprune.training.quantize import check_zeros
from ecgprune.training.samples import inputs_of, samples_of
from ecgprune.training.samples_task import SamplesTask
from ecgprune.training.user_model import functional, input_shapes, readable, taken

__all__ = ["Pruning", "prune", "quantizable", "quantize"]


class Pruning:
    """The pruning of one model, stage by stage.

    Attributes:
        dense: the tf_keras model that it starts from.
        task: what it is trained for.
        dense_layers: the layers that are not pruned, and why.
    """

    def __init__(self, model: Any, train: Any, validation: Any, options: Options) -> None:
        """Checks everything before anything is trained.

        Args:
            model: a tf_keras model, functional or sequential.
            train: examples, as `samples.samples_of` takes them.
            validation: the same.
            options: how.

        Raises:
            DataError: examples do not fit the model.
            PruningError: an option is not usable, or nothing can be pruned.
            TrainingError: the model cannot be trained so.
        """
        options.check()
        self.dense, self.options = functional(model), options
        if len(self.dense.outputs) != 1:
            found = f"model {model.name} has {len(self.dense.outputs)} outputs"
            raise TrainingError(f"{found}, pruning takes one: join them by Concatenate, and part them in your loss")
        shapes = input_shapes(self.dense)
        learnt, scored = samples_of(train, shapes, "train"), samples_of(validation, shapes, "validation")
        ours, theirs = ((t.shape[1:], t.dtype.kind) for t in (learnt.targets, scored.targets))
        if ours != theirs:
            raise DataError(
                f"validation: y is {scored.targets.dtype} of shape {scored.targets.shape}, that of train "
                f"{learnt.targets.dtype} of shape {learnt.targets.shape}; give both the same way"
            )
        loss = loss_of(options.loss, self.dense, learnt)
        for samples, what in ((learnt, "train"), (scored, "validation")):
            check_classes(samples, classes_of(loss, self.dense), what)
        metric = metric_of(options.metric, loss, options.larger_is_better)
        self.task = SamplesTask(learnt, scored, loss, metric, options.batch_size)
        if options.distillation and "categorical_crossentropy" not in loss.name:
            raise TrainingError(f"distillation needs probabilities of classes; the loss is {loss.name}; leave it 0")
        self._excluded, self.dense_layers = self._left_dense()
        self._tables: dict[str, Any] | None = None

    def dense_scores(self) -> dict[str, float]:
        """The scores of the dense model on the validation examples."""
        return self.task.scores(self.dense)

    def run(self, index: int, source: Any, progress: Progress = no_progress) -> StageResult:
        """Runs one stage.

        Args:
            index: number of the stage, from 0.
            source: the tf_keras model of the stage before, or `dense`; it is not changed.
            progress: called as work goes on.

        Returns:
            What it reached.

        Raises:
            PruningError: the target is out of reach.
            LostZerosError: zeros were lost.
            TrainingError: the loss or the metric is no finite number any more.
        """
        wanted, options = self.options.stages[index], self.options
        settings, seed = options.settings(), options.seed + 1 + index
        seed_everything(seed)
        job = stage.Job(
            self.task, settings, lambda: self.dense, seed, wanted.target, options.epochs_of(wanted),
            options.rate_of(wanted), tables=self._measured(settings), progress=progress, excluded=self._excluded,
        )  # fmt: skip
        if settings.granularity == "channel":
            done = stage.prune_channels(source, job)
        else:
            done = stage.make_zeros(source, job, f"the model pruned to {wanted.target:g}")
            dense, left = channels.total_macs(self.dense), sum(channels.macs(done.model, nonzero=True).values())
            done.told["macs"] = {"dense": dense, "left": left}
        floor, fitted = options.floor_of(wanted), done.fitted
        rank = self.task.rank
        passed = floor is None or rank(fitted.scores[self.task.metric]) >= rank(floor)
        told: dict[str, Any] = {key: done.told[key] for key in ("macs", "channels", "parameters") if key in done.told}
        report: dict[str, Any] = {
            **told,
            "sparsity": masks.sparsity(done.model),
            "epochs": len(fitted.history),
            "best_epoch": fitted.best_epoch + 1,
            "learning_rate": job.learning_rate,
            "floor": floor,
            "history": fitted.history,
        }
        return StageResult(index + 1, wanted.target, done.model, fitted.scores, passed, report)

    def result(self, stages: Sequence[StageResult], dense_scores: dict[str, float]) -> PruneResult:
        """What the stages make together."""
        kept = [s.model for s in itertools.takewhile(lambda s: s.passed, stages)]
        return PruneResult(
            kept[-1] if kept else self.dense, self.dense, tuple(stages), self.dense_layers, self.task.objective.name,
            self.task.metric, self.options.granularity, dense_scores,
        )  # fmt: skip

    def _measured(self, settings: PruneConfig) -> dict[str, Any] | None:
        """What sharing a goal among the layers by their sensitivity needs; measured once, on the dense model."""
        if settings.needs_tables and self._tables is None:
            tables = allocation.tables(self.dense, self.task, settings.granularity, self.options.seed)
            tables["layers"] = [row for row in tables["layers"] if row["layer"] not in self._excluded]
            self._tables = tables
        return self._tables

    def _left_dense(self) -> tuple[frozenset[str], tuple[DenseLayer, ...]]:
        """(kernels that stay as they are, layers with the reasons). Raises PruningError where nothing is left."""
        layers = self.dense.layers
        unknown = next((name for name in self.options.exclude if name not in {layer.name for layer in layers}), None)
        if unknown is not None:
            raise PruningError(f"no layer {unknown} to exclude; there are {', '.join(layer.name for layer in layers)}")
        why = dict.fromkeys(self.options.exclude, "excluded")
        why |= {layer.name: "not trainable" for layer in layers if layer.weights and not layer.trainable}
        found = kernels.find(self.dense)
        if self.options.granularity == "channel":
            excluded, left = frozenset(why), self._fixed_channels(why)
            nothing = {kernel.layer for kernel in found} <= set(left)
        else:
            excluded = frozenset(kernel.name for kernel in found if kernel.layer in why)
            left = {kernel.layer: why[kernel.layer] for kernel in found if kernel.layer in why}
            left |= dict(kernels.stays_dense(self.dense))
            nothing = len(excluded) == len(found)
        if nothing:
            why_not = "; ".join(f"{name}: {reason}" for name, reason in left.items()) or "no layer has a kernel"
            raise PruningError(f"nothing to prune: {why_not}")
        return excluded, tuple(DenseLayer(name, reason) for name, reason in left.items())

    def _fixed_channels(self, why: Mapping[str, str]) -> dict[str, str]:
        """{layer: reason} of the layers that keep all of their channels."""
        left: dict[str, str] = {}
        groups = channel_groups.find(self.dense, left, tuple(why))
        for name in groups.makers:
            if not groups.removable[groups.given[name]].any():
                left[name] = why.get(name, "its channels are the model's output, or tied to channels that stay")
        return left


def prune(
    model: Any, train: Any, validation: Any, options: Options, progress: Progress = no_progress,
    before: Callable[[int], StageResult | None] = lambda index: None,
    after: Callable[[StageResult], StageResult] = lambda done: done,
) -> PruneResult:  # fmt: skip
    """All stages, until one stays under its floor; see `ecgprune.prune`.

    Args:
        model: as of `Pruning`, as are the three that follow.
        train: examples.
        validation: examples.
        options: how.
        progress: called as work goes on.
        before: may give the result of a stage (from 0) that is done already.
        after: called with the result of each stage that was run; the next stage starts from what it returns.
    """
    pruning = Pruning(model, train, validation, options)
    scores, stages, source = pruning.dense_scores(), list[StageResult](), pruning.dense
    count = len(options.stages)
    for index in range(count):
        done = before(index) or after(pruning.run(index, source, _part(progress, index, count)))
        stages.append(done)
        source = done.model
        if not done.passed:
            break
    return pruning.result(stages, scores)


def quantize(model: Any, representative: Any, progress: Progress = no_progress) -> Quantized:
    """See `ecgprune.quantize`. A network that crashes TFLite's converter ends this process."""
    net, inputs = quantizable(model, representative)
    found = quantized(traced(height_one(net)), inputs, progress)
    check(found.content, net)
    return found


def check(tflite: bytes, net: Any) -> None:
    """Raises LostZerosError: a zero of a functional model was lost in its .tflite."""
    check_zeros(TfliteFile(tflite), height_one(net))


def quantizable(model: Any, representative: Any) -> tuple[Any, dict[str, Any]]:
    """The functional tf_keras model and {input name: values} of what `ecgprune.quantize` is given."""
    net = functional(taken(model))
    shapes = input_shapes(net)
    loose = next((name for name, shape in shapes.items() if None in shape), None)
    if loose is not None:
        raise QuantizationError(f"input {loose} has shape {shapes[loose]}; build the model with sizes that are fixed")
    if isinstance(representative, str | Path):
        fixed = {name: tuple(int(size or 0) for size in shape) for name, shape in shapes.items()}
        return net, read(readable(Path(representative)), fixed).inputs
    return net, inputs_of(representative, shapes, "representative")


def _part(progress: Progress, number: int, count: int) -> Progress:
    return lambda done, doing: progress((number + done) / count, f"stage {number + 1}/{count}, {doing}")
