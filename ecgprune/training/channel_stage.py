"""Channel pruning as a stage: removal, the entries of its result, and the check that the next stage makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from ecgprune.config import PruneConfig
from ecgprune.errors import ArtifactError, PruningError
from ecgprune.training import channel_groups, channels
from ecgprune.training.task import Task

__all__ = ["check", "described", "macs", "smaller"]


def smaller(
    model: Any, dense: Any, task: Task, settings: PruneConfig, target: float, seed: int,
    instructions: Callable[[Any], int] | None, excluded: Collection[str] = (),
) -> Any:  # fmt: skip
    """Removes channels from `model` until it costs the share `target` less than the dense model.

    Args:
        model: the Keras model to prune.
        dense: the dense Keras model.
        task: its training examples measure the worth of channels.
        settings: goal and allocation.
        target: share of the dense model's cost that is to be removed, 0 to 1.
        seed: draws the examples.
        instructions: predicts the instructions of a Keras model; needed where the goal is fewer_instructions.
        excluded: names of layers that keep their channels, as layers of a kind that is not supported do.

    Returns:
        The smaller Keras model.

    Raises:
        PruningError: the goal is out of reach, or `instructions` is missing.
    """
    goal = settings.stages[0].goal
    cost = _cost(goal, instructions)
    most = (1 - target) * cost(dense)
    groups = channel_groups.find(model, {}, excluded)
    worth = channels.importance(model, groups, task, seed)
    try:
        gone = channels.choose(model, groups, worth, lambda m: cost(m) <= most, settings.allocation, cost)
    except PruningError as error:
        raise PruningError(f"{goal} {target:g} is out of reach: {error}") from error
    return channel_groups.remove(model, gone, groups)


def described(dense: Any, pruned: Any) -> dict[str, Any]:
    """The entries of a channel stage's result: {"channels": [{"layer", "dense", "left"}], "macs": {"dense", "left"},
    "parameters": {"dense", "left"}}."""
    left = channels.widths(pruned)
    return {
        "channels": [{"layer": name, "dense": n, "left": left[name]} for name, n in channels.widths(dense).items()],
        "macs": {"dense": channels.total_macs(dense), "left": channels.total_macs(pruned)},
        "parameters": {"dense": int(dense.count_params()), "left": int(pruned.count_params())},
    }


def macs(dense: Any, pruned: Any) -> dict[str, int]:
    """{"dense", "left"}: multiply-accumulates of the dense model, and those of `pruned` whose weight is not zero."""
    return {"dense": channels.total_macs(dense), "left": sum(channels.macs(pruned, nonzero=True).values())}


def check(model: Any, source: Path) -> None:
    """Checks the widths of a model against the result beside its file.

    Args:
        model: the Keras model.
        source: its file; the result has the same name with suffix .json.

    Raises:
        ArtifactError: the model has others, or there is no such result.
    """
    path = source.with_suffix(".json")
    try:
        promised = {row["layer"]: row["left"] for row in json.loads(path.read_text(encoding="utf-8"))["channels"]}
    except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ArtifactError(
            f"{path} does not tell the channels of {source.name}; delete both files and prune again"
        ) from error
    for name, found in channels.widths(model).items():
        if found != promised.get(name):
            raise ArtifactError(
                f"{source.name} has {found} channels in layer {name}, {promised.get(name, 'none')} were expected from "
                f"{path.name}; delete both files and prune again"
            )


def _cost(goal: str, instructions: Callable[[Any], int] | None) -> Callable[[Any], int]:
    if goal == "fewer_macs":
        return channels.total_macs
    if instructions is None:
        raise PruningError(
            f"stages that ask for {goal} need a prediction of the core's instructions, and none was given; "
            "set fewer_macs instead"
        )
    return instructions
