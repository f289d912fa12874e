"""What a config holds about pruning. See schema.py."""

from __future__ import annotations

import itertools
from dataclasses import field, replace
from typing import Literal

from pydantic import model_validator
from pydantic.dataclasses import dataclass

from ecgprune.config.values import STRICT, Count, Positive, Score, Sparsity

__all__ = ["GOALS", "PruneConfig", "Stage"]

GOALS = ("sparsity", "fewer_macs", "fewer_instructions")
"""The kinds of goal that a pruning stage can have."""


@dataclass(frozen=True, config=STRICT)
class Stage:
    """One pruning stage. It has exactly one goal, a share of what the dense model has.

    Attributes:
        sparsity: share of the weights of the prunable layers that are zero at the end of the stage.
        fewer_macs: share of the multiply-accumulates that are removed.
        fewer_instructions: share of the instructions that are removed, as predicted for the core of the first board.
        granularity: "channel" for stages that remove whole channels before the stages of prune.granularity. The
            sparsity of the latter is then the share of zeros in what the channels leave.
        epochs: epochs of the stage; the sparsity rises in the first third of them.
        learning_rate: the first one of the stage.
        floor: validation macro-F1 that the stage has to reach. 0 accepts any.
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
    """The pruning stages, and how they remove weights.

    Attributes:
        granularity: "weight" makes single weights zero. "block" makes 1x4 blocks zero: four weights that follow one
            another in the receptive field of an output channel. "channel" removes whole filters; its stages take
            fewer_macs or fewer_instructions.
        allocation: how a goal is divided among the layers. "uniform": every layer alike. "global": the smallest
            weights of the whole model go, wherever they are; its stages take sparsity. "sensitivity": so that the
            loss, as measured layer by layer, rises least for as many weights. "cost": the same for as many
            instructions. Stages with a granularity of their own are uniform.
        distillation: share of the loss that is the distance to the dense model's probabilities. 0 turns it off.
        temperature: divides the logits of both models for distillation.
        rewind: true starts each stage at its learning rate and lets it fall along a half cosine. false trains at the
            last rate of that curve throughout.
        stop_within: ends a stage early once validation macro-F1 is at most this much below the dense model's. Left out,
            stages take all their epochs.
        one_shot: also prune to the last stage's goal in one step with the same number of epochs, to compare.
        on_floor: what happens when a stage stays under its floor. "stop" ends the run with an error, "fallback" takes
            the model of the stage before.
        stages: the stages in order; their goals rise.
    """

    granularity: Literal["weight", "block", "channel"] = "weight"
    allocation: Literal["uniform", "global", "sensitivity", "cost"] = "uniform"
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
        if self.granularity == "channel" and self.allocation == "global":
            raise ValueError('allocation = "global" is for granularity weight and block; for channel take "uniform", '
                             '"sensitivity" or "cost"')  # fmt: skip
        own = [s.granularity is not None for s in self.stages]
        if all(own):
            raise ValueError('all stages have granularity = "channel"; set it once, under [prune]')
        if own != sorted(own, reverse=True):
            raise ValueError('stages with granularity = "channel" must come before the others')
        if any(own) and (self.one_shot or self.stages[-1].goal != "sparsity"):
            raise ValueError('after stages with granularity = "channel" the others take sparsity, and one_shot = false')
        count = self.channel_stages
        for granularity, stages in (("channel", self.stages[:count]), (self.granularity, self.stages[count:])):
            self._check_goals(granularity, self.allocation, stages)
        return self

    @staticmethod
    def _check_goals(granularity: str, allocation: str, stages: tuple[Stage, ...]) -> None:
        if not stages:
            return
        goals = sorted({s.goal for s in stages})
        if len(goals) > 1:
            raise ValueError(f"all stages must have the same goal, and they have {' and '.join(goals)}")
        if granularity == "channel" and goals == ["sparsity"]:
            raise ValueError("granularity channel removes weights for good; its stages take fewer_macs or "
                             "fewer_instructions instead of sparsity")  # fmt: skip
        if granularity != "channel" and allocation == "global" and goals != ["sparsity"]:
            raise ValueError(f'allocation = "global" has one threshold on the weights; its stages take sparsity, '
                             f"not {goals[0]}")  # fmt: skip
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
            self.allocation not in ("uniform", "global") or self.stages[-1].goal == "fewer_instructions"
        )
