"""How much of each layer is pruned, so that a stage's goal is met at the least loss.

Every layer gets one of a few sparsities. Tables, measured on the dense model one layer at a time, state what that does:
the rise of the loss, and the weights, multiply-accumulates and instructions that remain. Rises are assumed to add up.
The allocation is then a multiple-choice knapsack problem (Sinha and Zoltners, "The multiple-choice knapsack problem",
Operations Research 27 (1979)), which scipy's mixed-integer solver solves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from ecgprune.artifacts import Progress, no_progress
from ecgprune.config import PruneConfig
from ecgprune.errors import PruningError
from ecgprune.training import kernels, masks, threshold
from ecgprune.training._tf import hushed, tf
from ecgprune.training.channels import uses
from ecgprune.training.task import Task

__all__ = ["GRID", "aimed", "predicted", "tables", "targets"]

GRID = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
"""Sparsities at which layers are measured."""
STEP = 0.02
"""Distance of the sparsities that a layer may get; between those of GRID the tables are interpolated."""
TRIES = 8
"""How often the goal is tightened until a prediction for the whole model meets a goal in instructions."""
EXAMPLES = 4096
"""Training examples, at most, on which a rise of the loss is measured."""

_COUNTED = {"sparsity": "weights", "fewer_macs": "macs", "fewer_instructions": "instructions"}
"""What goals are shares of."""

Layers = list[dict[str, Any]]
Array = NDArray[np.float64]


def tables(
    model: Any, task: Task, granularity: str, seed: int, progress: Progress = no_progress
) -> dict[str, Any]:
    """Measures what pruning one layer of `model`, and no other, does to the loss on training examples.

    `model` is the same afterwards.

    Args:
        model: the dense Keras model.
        task: has the examples, their weights and the loss.
        granularity: "weight" or "block".
        seed: draws up to EXAMPLES examples.
        progress: called before each layer.

    Returns:
        {"granularity", "grid" (sparsities), "beats" (how many examples), "loss", "layers": [{"layer", "weights", "macs"
        (of the dense layer), "rise": [of the loss, at each sparsity of the grid]}]}.
    """
    chosen = np.sort(task.drawn(EXAMPLES, seed))
    inputs, wanted, weights = task.examples(model, chosen)

    @tf.function  # type: ignore[untyped-decorator]
    def loss() -> Any:
        return task.mean_loss(wanted, model(inputs, training=False), weights)

    dense, layers = float(loss()), []
    found, times = kernels.find(model), uses(model)
    for done, kernel in enumerate(found):
        progress(done / len(found), f"sensitivity of {kernel.name}")
        values, rise = kernel.variable.numpy(), []
        for sparsity in GRID:
            kernel.variable.assign(masks.pruned(values, granularity, sparsity, kernel.layout))
            rise.append(round(float(loss()) - dense, 6))
        kernel.variable.assign(values)
        macs = values.size * times[kernel.name]
        layers.append({"layer": kernel.name, "weights": values.size, "macs": macs, "rise": rise})
    return {
        "granularity": granularity, "grid": list(GRID), "beats": len(chosen), "loss": round(dense, 6), "layers": layers,
    }  # fmt: skip


def targets(
    settings: PruneConfig, target: float, now: Mapping[str, float], measured: Mapping[str, Any] | None
) -> dict[str, float]:
    """Divides a goal among the layers.

    "uniform" gives every layer the same sparsity, the lowest that meets the goal. "sensitivity" minimizes the loss with
    the number of weights that the goal leaves. "cost" minimizes the loss with the amount that the goal counts; where
    the goal is sparsity, with no more instructions than uniform pruning leaves.

    Args:
        settings: allocation, and the goal of the stages.
        target: share of the goal, 0 to 1.
        now: {layer: sparsity} of the model; no layer gets less.
        measured: from `tables`, with "instructions" beside "rise"; None where the settings need no tables.

    Returns:
        {layer: sparsity}.

    Raises:
        PruningError: the goal is out of reach.
    """
    goal = settings.stages[0].goal
    if not settings.needs_tables:
        return {name: max(target, held) for name, held in now.items()}
    assert measured is not None
    layers: Layers = measured["layers"]
    counted = _COUNTED[goal]
    limit = (1 - target) * _left(layers, counted, dict.fromkeys(now, 0.0))
    most = {name: max(GRID[-1], held) for name, held in now.items()}
    if _left(layers, counted, most) > limit:
        reached = 1 - _left(layers, counted, most) / _left(layers, counted, dict.fromkeys(now, 0.0))
        raise PruningError(
            f"{goal} {target:g} is out of reach: with every layer pruned to {GRID[-1]:.0%} it is "
            f"{reached:.3f}; lower the stage's goal"
        )

    def alike(sparsity: float) -> dict[str, float]:
        return {name: max(sparsity, held) for name, held in now.items()}

    def sensitive(sparsity: float) -> dict[str, float]:
        weights = _left(layers, "weights", dict.fromkeys(now, sparsity))
        return _least_loss(layers, now, "weights", max(weights, _left(layers, "weights", most)))

    if settings.allocation == "cost":
        if counted == "weights":
            counted, limit = "instructions", _left(layers, "instructions", alike(target))
        return _least_loss(layers, now, counted, limit)
    if settings.allocation == "sensitivity" and counted == "weights":
        return sensitive(target)
    allocate, step = (alike, 0.001) if settings.allocation == "uniform" else (sensitive, 0.005)
    return _first(allocate, lambda given: _left(layers, counted, given) <= limit, step)


def aimed(
    model: Any, settings: PruneConfig, target: float, measured: Mapping[str, Any] | None,
    instructions: Callable[[Any], int] | None, excluded: frozenset[str] = frozenset(),
) -> dict[str, float]:  # fmt: skip
    """`targets` for `model`; with "global" allocation, those of one threshold.

    A goal in instructions is tightened until the prediction for the whole model meets it.

    The tables add up what layers take in models with every layer pruned alike, which is a few percent off for others.

    Args:
        model: the Keras model to prune.
        settings, target, measured: as of `targets`.
        instructions: predicts the instructions of a Keras model; needed for a goal in instructions.
        excluded: layers that stay as they are; the goal is divided among the others.

    Returns:
        {layer: sparsity}.

    Raises:
        PruningError: the goal is out of reach.
    """
    every = {name: float(np.mean(kernel == 0)) for name, kernel in masks.kernels(model).items()}
    if settings.allocation == "global":
        return every | threshold.targets(model, settings.granularity, target, excluded, GRID[-1])
    now = {name: held for name, held in every.items() if name not in excluded}
    found = every | targets(settings, target, now, measured)
    if settings.stages[0].goal != "fewer_instructions":
        return found
    assert measured is not None
    assert instructions is not None
    limit = (1 - target) * predicted(measured, dict.fromkeys(now, 0.0))
    aim = 1 - target
    for _ in range(TRIES):
        amount = instructions(masks.pruned_copy(model, settings.granularity, found))
        if amount <= limit:
            return found
        aim *= 0.998 * limit / amount
        try:
            found = targets(settings, 1 - aim, now, measured)
        except PruningError:  # its message would name the tightened goal
            break
    raise PruningError(
        f"fewer_instructions {target:g} is out of reach: {amount:.0f} were left where {limit:.0f} are allowed; "
        "lower the stage's goal"
    )


def predicted(measured: Mapping[str, Any], given: Mapping[str, float]) -> int:
    """Instructions that the tables predict for the sparsities `given` ({layer: sparsity})."""
    return round(_left(measured["layers"], "instructions", given))


def _curve(layer: Mapping[str, Any], what: str) -> Array:
    """`what` of a layer at each sparsity of GRID. More pruning is never taken to lower the loss."""
    if what == "rise":
        return np.maximum.accumulate(np.maximum(np.array(layer["rise"], np.float64), 0.0))
    if what == "instructions":
        return np.array(layer["instructions"], np.float64)
    return float(layer[what]) * (1 - np.array(GRID))


def _left(layers: Layers, what: str, given: Mapping[str, float]) -> float:
    """Sum over the layers of `what` is left at the sparsities `given`."""
    return float(sum(np.interp(given[layer["layer"]], GRID, _curve(layer, what)) for layer in layers))


def _first(
    allocate: Callable[[float], dict[str, float]], met: Callable[[dict[str, float]], bool], step: float
) -> dict[str, float]:
    """The result of `allocate` for the lowest sparsity, in steps, that is `met`; the last of GRID always is."""
    low, high = 0, round(GRID[-1] / step)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if met(allocate(middle * step)) else (middle + 1, high)
    return allocate(low * step)


def _least_loss(layers: Layers, now: Mapping[str, float], what: str, limit: float) -> dict[str, float]:
    """One sparsity per layer: the sum of the rises is least, that of `what` is left at most `limit`."""
    steps = np.append(np.arange(0.0, GRID[-1], STEP), GRID[-1]).round(3)
    options = [np.unique(np.maximum(steps, now[layer["layer"]])) for layer in layers]
    rise = np.concatenate([np.interp(o, GRID, _curve(layer, "rise")) for o, layer in zip(options, layers, strict=True)])
    left = np.concatenate([np.interp(o, GRID, _curve(layer, what)) for o, layer in zip(options, layers, strict=True)])
    ends = np.cumsum([0, *(len(o) for o in options)])
    one_each = np.zeros((len(layers), len(rise)))
    for i in range(len(layers)):
        one_each[i, ends[i] : ends[i + 1]] = 1
    scale = left.max()  # the solver works with numbers around 1
    rules = [LinearConstraint(one_each, 1, 1), LinearConstraint(left / scale, -np.inf, limit / scale + 1e-9)]
    loss = rise - 1e-4 * left / scale  # of equal losses the one that leaves most: nothing is pruned beyond the goal
    with hushed():  # HiGHS prints a line of its own now and then
        result = milp(loss, constraints=rules, integrality=np.ones(len(rise)), bounds=Bounds(0, 1))
    assert result.success, result.message
    return {
        layer["layer"]: float(o[np.argmax(result.x[start : start + len(o)])])
        for layer, o, start in zip(layers, options, ends, strict=False)
    }
