"""What a config asks of pruning."""

from __future__ import annotations

import itertools
from dataclasses import field, replace
from typing import Literal

from pydantic import model_validator
from pydantic.dataclasses import dataclass

from ecgprune.config.values import STRICT, Count, Positive, Score, Sparsity

__all__ = ["GOALS", "PruneConfig", "Stage"]

GOALS = ("sparsity", "fewer_macs", "fewer_instructions")
"""What a pruning stage can be told to reach."""


@dataclass(frozen=True, config=STRICT)
class Stage:
    """One pruning stage. It has one goal, a share of what the dense model has:

    sparsity: share of zero weights in the prunable layers at its end.
    fewer_macs: share of multiply-accumulates that are spared.
    fewer_instructions: share of instructions spared on the core of the first board, as the cost model predicts them.

    granularity: "channel" for stages that take whole channels out before those of prune.granularity, whose sparsity
        then is the share of zeros in what the channels leave.
    epochs, learning_rate: of the stage, its ramp and recovery together.
    floor: validation macro-F1 below which the stage has failed; 0 accepts anything.
    """

    sparsity: Sparsity | None = None
    fewer_macs: Sparsity | None = None
    fewer_instructions: Sparsity | None = None
    granularity: Literal["channel"] | None = None
    epochs: Count = 3
    learning_rate: Positive = 0.001
    floor: Score = 0.0

    @model_validator(mode="after")
    def _one_goal(self) -> Stage:
        given = [name for name in GOALS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a stage has one goal, {' or '.join(GOALS)}; this one has {' and '.join(given) or 'none'}"
            )
        return self

    @property
    def goal(self) -> str:
        """Which of GOALS the stage has."""
        return next(name for name in GOALS if getattr(self, name) is not None)

    @property
    def target(self) -> float:
        """The goal's value."""
        return float(getattr(self, self.goal))


def _default_stages() -> tuple[Stage, ...]:
    return tuple(Stage(sparsity=s) for s in (0.3, 0.5, 0.6))


@dataclass(frozen=True, config=STRICT)
class PruneConfig:
    """The list of stages, and how they remove weights.

    granularity: "weight" (unstructured), "block" (1x4: four neighbours along an output channel's receptive field)
        or "channel" (whole filters, taken out of the graph; its stages' goal is fewer_macs or fewer_instructions).
    allocation: how a stage's goal is shared among the layers. "uniform": every layer alike. "sensitivity": so that the
        loss rises least, as measured layer by layer, for as many weights. "cost": for as many instructions. Stages with
        a granularity of their own are uniform.
    distillation: share of the loss that is the distance to the dense model's probabilities; 0 turns it off.
    temperature: that both models' logits are divided by for it.
    rewind: a stage starts at its learning rate and anneals it; else it goes on at the last rate of its schedule.
    stop_within: a stage ends early once validation macro-F1 is within this of the dense model's; left out: never.
    one_shot: also prune in one step to the last stage's goal at the same total number of epochs, to compare.
    on_floor: a stage under its floor makes the run "stop" with an error, or "fallback" to the stage before it.
    """

    granularity: Literal["weight", "block", "channel"] = "weight"
    allocation: Literal["uniform", "sensitivity", "cost"] = "uniform"
    distillation: Score = 0.0
    temperature: Positive = 2.0
    rewind: bool = True
    stop_within: Score | None = None
    one_shot: bool = True
    on_floor: Literal["stop", "fallback"] = "fallback"
    stages: tuple[Stage, ...] = field(default_factory=_default_stages)

    @model_validator(mode="after")
    def _rising(self) -> PruneConfig:
        if not self.stages:
            raise ValueError("stages must hold at least one stage")
        own = [s.granularity is not None for s in self.stages]
        if all(own):
            raise ValueError('all stages have granularity = "channel"; set it once, under [prune]')
        if own != sorted(own, reverse=True):
            raise ValueError('stages with granularity = "channel" must come before the others')
        if any(own) and (self.one_shot or self.stages[-1].goal != "sparsity"):
            raise ValueError('after stages with granularity = "channel" the others take sparsity, and one_shot = false')
        count = self.channel_stages
        for granularity, stages in (("channel", self.stages[:count]), (self.granularity, self.stages[count:])):
            self._check_goals(granularity, stages)
        return self

    @staticmethod
    def _check_goals(granularity: str, stages: tuple[Stage, ...]) -> None:
        if not stages:
            return
        goals = sorted({s.goal for s in stages})
        if len(goals) > 1:
            raise ValueError(f"all stages must have the same goal, and they have {' and '.join(goals)}")
        if granularity == "channel" and goals == ["sparsity"]:
            raise ValueError("granularity channel removes weights for good; its stages take fewer_macs or "
                             "fewer_instructions instead of sparsity")  # fmt: skip
        targets = [s.target for s in stages]
        if any(b <= a for a, b in itertools.pairwise(targets)):
            raise ValueError(f"the stages' {goals[0]} must rise from stage to stage, and it is {targets}")

    @property
    def channel_stages(self) -> int:
        """How many stages take channels out before those of `granularity`."""
        return sum(stage.granularity is not None for stage in self.stages)

    def granularity_of(self, index: int) -> Literal["weight", "block", "channel"]:
        """What stage `index` (from 0) prunes by."""
        return self.stages[index].granularity or self.granularity

    def only(self, granularity: Literal["weight", "block", "channel"]) -> PruneConfig:
        """The same settings with those stages alone that prune by `granularity`; channels before others go alike."""
        count = self.channel_stages
        if not count:
            return self
        if granularity != "channel":
            return replace(self, stages=self.stages[count:])
        first = tuple(replace(stage, granularity=None) for stage in self.stages[:count])
        return replace(self, granularity="channel", allocation="uniform", stages=first)

    @property
    def needs_tables(self) -> bool:
        """Whether layers are measured to find how much of each is pruned; else every one gets the goal itself."""
        return self.granularity != "channel" and (
            self.allocation != "uniform" or self.stages[-1].goal == "fewer_instructions"
        )
