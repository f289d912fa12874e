"""Predicted instructions of a Keras model on the core of the first board: int8 code is planned, and nothing is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ecgprune.artifacts import Progress, no_progress, write_json
from ecgprune.config import Config
from ecgprune.formatting import percent
from ecgprune.pipeline.cores import cores_of
from ecgprune.training.arrays import TRAIN, Beats, rows

__all__ = ["instructions", "write_tables"]

CALIBRATION_BEATS = 16
"""Instructions hardly depend on the ranges of activations."""


def instructions(config: Config, beats: Beats) -> Callable[[Any], int]:
    """A function that predicts the instructions of one inference of a Keras model.

    Args:
        config: names the first board, and the objective of kernel selection.
        beats: the first training beats calibrate the int8 model.

    Returns:
        The function; it raises QuantizationError and UnsupportedOperatorError as conversion and planning do.
    """
    return lambda model: sum(amount for amount, _ in _layers(config, beats, model))


def write_tables(config: Config, beats: Beats, dense: Path, out: Path, progress: Progress = no_progress) -> None:
    """Writes what pruning each layer does to a model.

    The instructions and bytes of a layer are those that it has in the model with every layer pruned alike. They include
    the operators without weights that follow the layer. "core" names the core.

    Args:
        config: the run's config.
        beats: what `allocation.tables` scores the model on.
        dense: file of the model.
        out: gets what `allocation.tables` returns, as JSON, with instructions, bytes and the core.
        progress: called as work goes on.
    """
    from ecgprune.training import allocation, keras_file, masks
    from ecgprune.training._tf import seed_everything
    from ecgprune.training.beats import BeatsTask

    seed_everything(config.seed)
    model = keras_file.load(dense)
    task, granularity = BeatsTask(beats, config.train), config.prune.granularity
    found = allocation.tables(model, task, granularity, config.seed, lambda done, doing: progress(0.3 * done, doing))
    costs = []
    for i, sparsity in enumerate(allocation.GRID):
        progress(0.3 + 0.7 * i / len(allocation.GRID), f"instructions at {percent(sparsity, 0)}")
        alike = dict.fromkeys(masks.kernels(model), sparsity)
        costs.append(_layers(config, beats, masks.pruned_copy(model, granularity, alike)))
    for row, layer in zip(found["layers"], zip(*costs, strict=True), strict=True):
        row["instructions"], row["bytes"] = [amount for amount, _ in layer], [size for _, size in layer]
    write_json(out, {"core": _core(config), **found})


def _core(config: Config) -> str:
    return cores_of(config.firmware.boards)[0].name


def _layers(config: Config, beats: Beats, model: Any) -> list[tuple[int, int]]:
    """(predicted instructions, bytes of constants) of each layer with a kernel, in the model's order."""
    from ecgprune.codegen.plan import plan
    from ecgprune.codegen.target import Target
    from ecgprune.graph.folding import fold
    from ecgprune.graph.reader import read
    from ecgprune.training.quantize import calibration, convert

    graph = fold(read(convert(model, calibration(model, beats, rows(beats, TRAIN)[:CALIBRATION_BEATS]))))
    planned = plan(graph, config.export.sparse, Target(_core(config), config.export.optimize)).layers
    weighted = [layer.op for layer in planned if layer.operator in ("CONV_2D", "FULLY_CONNECTED")]
    owner = np.maximum(np.searchsorted(weighted, [layer.op for layer in planned], side="right") - 1, 0)
    found = np.zeros((len(weighted), 2), np.int64)
    for place, layer in zip(owner, planned, strict=True):
        found[place] += layer.instructions_estimate, layer.weight_bytes
    return [(int(amount), int(size)) for amount, size in found]
