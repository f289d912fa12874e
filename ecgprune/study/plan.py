"""What the reproduction trains: groups of models on one split, each with a dense model and chains of stages.

The groups "acharya" and "compact" answer the paper's question, whether stages are better than one shot: every
combination of allocation, learning rate, sparsity and number of epochs, chosen before any was scored.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

from ecgprune import config as configs
from ecgprune.config import Config, PruneConfig, QuantizeConfig, Stage

__all__ = ["DISTILLED", "Chain", "Group", "groups"]

SEEDS = (1, 2, 3)
"""The first one also draws what needs one seed only."""
LEARNING_RATE = 0.002
FLOOR = 0.0
"""No chain falls back: the study shows how much a stage loses."""


@dataclass(frozen=True)
class Chain:
    """Pruning stages that start at the dense model.

    Attributes:
        name: unique in its group.
        prune: the stages.
        one_shot: goals that are also pruned to at once, with the epochs of all stages up to the goal.
        brief: goals that are also pruned to at once, with the epochs of the goal's own stage alone.
        scored_from: stages with a lower goal are not scored.
        quantize: how the models are quantized.
    """

    name: str
    prune: PruneConfig
    one_shot: tuple[float, ...] = ()
    brief: tuple[float, ...] = ()
    scored_from: float = 0.0
    quantize: QuantizeConfig = field(default_factory=QuantizeConfig)


@dataclass(frozen=True)
class Group:
    """One network on one split.

    Attributes:
        noise: its dense model and its 80 % stage are also scored under recorded noise.
        costs: what its int8 models take on a board is measured.
    """

    name: str
    config: Config
    seed: int
    chains: tuple[Chain, ...]
    noise: bool = False
    costs: bool = False

    @property
    def folder(self) -> str:
        """Name of its run folder, "intra-1"."""
        return f"{self.name}-{self.seed}"


def groups(quick: bool) -> list[Group]:
    """The groups of the study.

    Args:
        quick: one seed and few points, about 20 minutes.

    Returns:
        Every group, the most important first.
    """
    if quick:
        return [_short(group) for group in _intra(1, all_chains=True) + _question(1, ("global",))[:1]]
    of_seeds = [_question(seed) for seed in SEEDS]
    found = [group for of_a_network in zip(*of_seeds, strict=True) for group in of_a_network]
    for seed in SEEDS:
        found += _intra(seed, all_chains=seed == SEEDS[0]) + _inter(seed)
    return found + _noisy(SEEDS[0])


def _stages(
    targets: tuple[tuple[float, int], ...],
    goal: str = "sparsity",
    learning_rate: float = LEARNING_RATE,
) -> tuple[Stage, ...]:
    """Stages from (target, epochs)."""
    goals: list[tuple[dict[str, Any], int]] = [({goal: target}, epochs) for target, epochs in targets]
    return tuple(Stage(**aim, epochs=epochs, learning_rate=learning_rate, floor=FLOOR) for aim, epochs in goals)


def _pruning(stages: tuple[Stage, ...], **settings: object) -> PruneConfig:
    return replace(PruneConfig(), stages=stages, distillation=WEIGHT.distillation, **settings)  # type: ignore[arg-type]


WEIGHT = configs.load("mitdb").prune
BLOCK = _pruning(_stages(((0.4, 4), (0.6, 6), (0.8, 14))), granularity="block", allocation="sensitivity")
CHANNEL = _pruning(_stages(((0.3, 6), (0.6, 14), (0.75, 8)), "fewer_macs"), granularity="channel")
SMALL = configs.load("mitdb-small").prune
QUESTION = (0.6, 0.8, 0.9, 0.95)
"""Shares of zeros at which stages and one shot are compared."""
STAGE_EPOCHS = 3
"""Of each stage there, and of the one before them, to 40 %."""
DISTILLED = "distilled"
"""Chain of the same two networks that is to lose little at 95 % zeros: more epochs, and the dense model as a teacher.
Added when the others had been scored. Allocation and rate were chosen on the validation beats of model A's seed 1."""
LONG = (0.6, 4), (0.8, 6), (0.9, 10), (0.95, 20)
"""Its stages: (zeros, epochs)."""
LONG_RATE = 0.004
"""And their first learning rate."""
FEWER = (0.5, 6), (0.65, 10)
"""Shares of the dense model's predicted instructions that are removed where the allocations are compared. They end with
some layers at 98 % zeros, where post-training quantization breaks the network and fine-tuning does not."""


def _intra(seed: int, *, all_chains: bool) -> list[Group]:
    """The network compact_patient on beats split at random."""
    chains = [
        Chain("weight", WEIGHT, (0.8, 0.9) if all_chains else ()),
        Chain("block", BLOCK, (0.8,) if all_chains else ()),
        Chain("channel", CHANNEL, (0.6,) if all_chains else ()),
    ]
    if all_chains:
        stages = _stages(FEWER, "fewer_instructions")
        chains.append(Chain("channel-block", SMALL))
        for allocation in ("uniform", "sensitivity", "cost"):
            pruning = _pruning(stages, allocation=allocation)
            chains.append(Chain(f"instructions-{allocation}", pruning, quantize=QuantizeConfig(method="qat")))
    config = configs.load("mitdb")
    return [Group("intra", config, seed, tuple(chains), noise=all_chains, costs=all_chains)]


def _question(seed: int, allocations: tuple[str, ...] = ("uniform", "global", "sensitivity")) -> list[Group]:
    """Model A, the network of the paper, and `compact`: stages against one shot. No distillation, as in the paper,
    but for the chain DISTILLED."""
    chains = []
    stages = _stages(tuple((share, STAGE_EPOCHS) for share in (0.4, *QUESTION)))
    for allocation, rewind in itertools.product(allocations, (True, False)):
        pruning = replace(_pruning(stages, allocation=allocation, rewind=rewind), distillation=0.0)
        name = f"{allocation}-{'rewound' if rewind else 'last'}"
        chains.append(Chain(name, pruning, QUESTION, QUESTION, scored_from=QUESTION[0]))
    taught = _pruning(_stages(LONG, learning_rate=LONG_RATE), allocation="global")
    chains.append(Chain(DISTILLED, taught, one_shot=(LONG[-1][0],)))
    acharya, mitdb = configs.load("mitdb-acharya"), configs.load("mitdb")
    compact = replace(
        mitdb, name="compact", data=replace(mitdb.data, patient=False), model=replace(mitdb.model, name="compact")
    )
    return [Group(name, config, seed, tuple(chains)) for name, config in (("acharya", acharya), ("compact", compact))]


def _inter(seed: int) -> list[Group]:
    """Patients held out."""
    config = configs.load("mitdb-inter")
    return [Group("inter", config, seed, (Chain("weight", config.prune),))]


def _noisy(seed: int) -> list[Group]:
    """The network compact_patient trained with recorded noise on half of its beats."""
    config = configs.load("mitdb")
    config = replace(config, train=replace(config.train, noise_share=0.5))
    to_80 = replace(WEIGHT, stages=WEIGHT.stages[:4])
    return [Group("noisy", config, seed, (Chain("weight", to_80),), noise=True)]


def _short(group: Group) -> Group:
    """The same with fewer epochs, fewer chains and fewer stages."""
    train = replace(group.config.train, epochs=max(8, group.config.train.epochs // 4))
    chains = tuple(_few(chain) for chain in group.chains if chain.one_shot and chain.name != DISTILLED)
    return replace(group, config=replace(group.config, train=train), chains=chains, noise=False)


def _few(chain: Chain) -> Chain:
    """Every second stage from the end, with half of the epochs; one-shot to the last."""
    stages = tuple(replace(stage, epochs=-(-stage.epochs // 2)) for stage in chain.prune.stages[::-2][::-1])
    last = (stages[-1].target,)
    return replace(chain, prune=replace(chain.prune, stages=stages), one_shot=last, brief=last if chain.brief else ())
