"""How a user's own model is pruned: the options of `ecgprune.prune`, checked."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ecgprune.config import PruneConfig
from ecgprune.config import Stage as Goal
from ecgprune.errors import PruningError
from ecgprune.training.outcome import Stage

__all__ = ["Options", "stages_of"]

_GRANULARITIES = ("weight", "block", "channel")
_ALLOCATIONS = ("uniform", "global", "sensitivity")


@dataclass(frozen=True)
class Options:
    """How a model is pruned; see `ecgprune.prune`, whose arguments these are."""

    stages: tuple[Stage, ...]
    granularity: str = "block"
    allocation: str = "uniform"
    loss: Any = None
    metric: Any = None
    larger_is_better: bool = True
    epochs: int = 5
    learning_rate: float = 0.001
    batch_size: int = 32
    floor: float | None = None
    distillation: float = 0.0
    exclude: tuple[str, ...] = ()
    seed: int = 1

    def check(self) -> None:
        """Raises PruningError where an option is not usable."""
        for name, value, known in (
            ("granularity", self.granularity, _GRANULARITIES),
            ("allocation", self.allocation, _ALLOCATIONS),
        ):
            if value not in known:
                raise PruningError(f"{name} is {value!r}; there are {', '.join(known)}")
        if self.granularity == "channel" and self.allocation == "global":
            raise PruningError("allocation 'global' is for weights and blocks; channels take 'uniform', 'sensitivity'")
        targets = [s.target for s in self.stages]
        if not targets or any(not 0 < t < 1 for t in targets):
            raise PruningError(f"stages are {targets}; expected at least one share above 0 and below 1")
        if any(b <= a for a, b in itertools.pairwise(targets)):
            raise PruningError(f"stages must rise from one to the next, and they are {targets}")
        for s in self.stages:
            epochs, rate = self.epochs_of(s), self.rate_of(s)
            if epochs < 1 or not 0 < rate < math.inf:
                raise PruningError(f"a stage has {epochs} epochs at learning rate {rate:g}; both must be above 0")
        if self.batch_size < 1:
            raise PruningError(f"batch_size is {self.batch_size}; it must be at least 1")
        if not 0 <= self.distillation <= 1:
            raise PruningError(f"distillation is {self.distillation:g}; it is a share of the loss, 0 to 1")

    def epochs_of(self, s: Stage) -> int:
        """Epochs of a stage."""
        return self.epochs if s.epochs is None else s.epochs

    def rate_of(self, s: Stage) -> float:
        """Learning rate of a stage."""
        return self.learning_rate if s.learning_rate is None else s.learning_rate

    def floor_of(self, s: Stage) -> float | None:
        """Floor of a stage; None accepts any score."""
        return self.floor if s.floor is None else s.floor

    def settings(self) -> PruneConfig:
        """The engine's settings."""
        if self.granularity == "channel":
            goals = tuple(Goal(fewer_macs=s.target) for s in self.stages)
        else:
            goals = tuple(Goal(sparsity=s.target) for s in self.stages)
        how: dict[str, Any] = {"granularity": self.granularity, "allocation": self.allocation}
        return PruneConfig(**how, distillation=self.distillation, one_shot=False, stages=goals)


def stages_of(given: Iterable[float | Stage]) -> tuple[Stage, ...]:
    """Stages, of which some may be just their targets."""
    return tuple(s if isinstance(s, Stage) else Stage(float(s)) for s in given)
