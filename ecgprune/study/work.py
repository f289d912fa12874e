"""How one seed of a group becomes scored models: the steps in its run folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ecgprune.artifacts import Progress, write_json
from ecgprune.config import Config, Stage
from ecgprune.pipeline import data, training
from ecgprune.pipeline.firmware_steps import build_code
from ecgprune.pipeline.run_folder import Step
from ecgprune.study.intervals import of_scores
from ecgprune.study.plan import Chain, Group
from ecgprune.study.scoring import BOARD, NOISY_BEATS, Point, cost, noisy_beats_step, scored, under_noise

if TYPE_CHECKING:
    from ecgprune.ecg.dataset import Dataset

__all__ = ["DATA", "DENSE", "Job", "Unit", "collected", "units"]

EVALUATION = ("training", "ecg/ec57.py", "verify/predict.py", "verify/oracles.py", "graph", "study/scoring.py")
FIRMWARE = ("codegen", "graph", "verify", "pipeline/bench.py", *build_code((BOARD,)))


@dataclass(frozen=True)
class Job:
    """A step of a group, and about how many seconds it takes on two cores."""

    step: Step
    seconds: float


@dataclass
class Unit:
    """Steps that are done one after the other in one place, and the points that they score.

    The first two units of a group, DATA and DENSE, come before all others, which need nothing of one another.

    Attributes:
        name: unique in the group.
    """

    name: str
    jobs: list[Job] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)

    @property
    def steps(self) -> list[Step]:
        """The steps of the jobs."""
        return [job.step for job in self.jobs]


Work = Callable[[Progress], None]

DATA = "data"
"""Name of the unit that reads the records. It is the only one that does."""
DENSE = "dense"
"""Name of the unit that trains the dense model, and measures its layers."""

NOISY = ("dense", "weight-80")
"""The points that are scored under noise, in groups that ask for it."""

EPOCH_SECONDS = {"compact": 4.0, "compact_patient": 4.5, "acharya": 2.0, "context": 3.0, "plain": 12.0, "patient": 3.0}
"""Of one epoch on MIT-BIH, for the first guess of the time left; measured times replace it."""
PRUNING = 1.4
"""Times as long as an epoch of dense training takes one of pruning."""


@dataclass(frozen=True)
class _Context:
    """What the steps of a group share: the group, its config with the seed, and its run folder."""

    group: Group
    config: Config
    run: Path

    @property
    def epoch(self) -> float:
        """Seconds of one epoch of dense training."""
        return EPOCH_SECONDS.get(self.config.model.name, 4.0)

    def pruned_by(self, chain: Chain, stages: Sequence[Stage] | None = None) -> _Context:
        """The same with a chain's pruning, or with some of its stages."""
        pruning = replace(chain.prune, stages=tuple(stages)) if stages else chain.prune
        return replace(self, config=replace(self.config, prune=pruning, quantize=chain.quantize))


def units(group: Group, run: Path, source: data.Source) -> list[Unit]:
    """Every unit of a group."""
    at = _Context(group, replace(group.config, seed=group.seed), run)
    read = Unit(DATA, [Job(step, 15) for _, step in data.steps(at.config, run, source)])
    if group.noise:
        read.jobs.append(Job(noisy_beats_step(group, run, source), 240))
    train = training.train_step(at.config, run)
    dense = Unit(DENSE, [Job(train, at.epoch * at.config.train.epochs)])
    _add_point(dense, at, Point("dense", "dense.keras"))
    found = [read, dense]
    for chain in group.chains:
        found += _chain(at.pruned_by(chain), chain, dense)
    return found


def _chain(at: _Context, chain: Chain, dense: Unit) -> Iterator[Unit]:
    """The stages of a chain, and its one-shot models. Tables of the dense model are measured in the unit `dense`."""
    stages = chain.prune.stages
    granularity: str = chain.prune.granularity
    if chain.prune.channel_stages:
        granularity = f"channel+{granularity}"
    unit = Unit(chain.name)
    for step, stage in training.pruning_steps(at.config, at.run, chain.name):
        if stage is None and not chain.prune.channel_stages:
            if all(job.step.name != step.name for job in dense.jobs):
                dense.jobs.append(Job(step, 60))
            continue
        unit.jobs.append(Job(step, PRUNING * at.epoch * stage.epochs if stage else 60))
        if stage is None or stage.granularity is not None or stage.target < chain.scored_from:
            continue
        name = f"{chain.name}-{stage.target * 100:g}"
        _add_point(unit, at, Point(name, step.outputs[0], chain.name, "multistage", granularity, stage.target))
    yield unit
    for budget, targets in (("stages", chain.one_shot), ("stage", chain.brief)):
        for target in targets:
            to = [s for s in stages if (s.target <= target if budget == "stages" else s.target == target)]
            own = at.pruned_by(chain, to)
            name = f"{'one-shot' if budget == 'stages' else 'brief'}-{target * 100:g}"
            unit = Unit(f"{chain.name}-{name}")
            step = training.one_shot_step(own.config, at.run, chain.name, name)
            unit.jobs.append(Job(step, PRUNING * at.epoch * sum(stage.epochs for stage in to)))
            point = Point(unit.name, step.outputs[0], chain.name, "one-shot", granularity, target, budget)
            _add_point(unit, own, point)
            yield unit


def _add_point(unit: Unit, at: _Context, point: Point) -> None:
    """Quantizes a model and scores it; runs it on the board and under noise where the group wants that."""
    group, config, run = at.group, at.config, at.run
    tflite = f"int8/{point.name}.tflite"
    tuning = 6.0 * config.quantize.qat_epochs if config.quantize.method == "qat" else 0.0
    quantize = training.quantize_step(config, run, point.source, tflite, point.quantized)
    unit.jobs.append(Job(quantize, 8 + tuning))

    def score(progress: Progress) -> None:
        write_json(run / point.result("points"), scored(group, config, run, point, run / tflite))

    def measure(progress: Progress) -> None:
        write_json(run / point.result("cost"), cost(run / tflite, progress))

    def disturb(progress: Progress) -> None:
        write_json(run / point.result("noise"), under_noise(run, run / tflite, progress))

    def step(
        kind: str, title: str, needed: tuple[str, ...], work: Work, settings: list[Any], code: tuple[str, ...]
    ) -> Step:
        outputs = (point.result(kind), point.predicted) if kind == "points" else (point.result(kind),)
        return Step(f"{kind}/{point.name}", f"{point.name}{title}", needed, outputs, work, settings, code)

    if group.costs:
        unit.jobs.append(Job(step("cost", f" on {BOARD}", (tflite,), measure, [], FIRMWARE), 12))
    if group.noise and point.name in NOISY:
        needed = (*data.DATASET, NOISY_BEATS, tflite)
        unit.jobs.append(Job(step("noise", " under noise", needed, disturb, [], EVALUATION), 60))
    settings = [asdict(point), group.name, group.seed]
    read = (*data.DATASET, point.source, point.told, point.quantized, tflite)
    unit.jobs.append(Job(step("points", ": test", read, score, settings, EVALUATION), 14))
    unit.points.append(point)


def collected(run: Path, test: Dataset, point: Point) -> dict[str, Any]:
    """The results of a point: its scores with the "intervals" of those in int8 (see `intervals.of_scores`), and "cost"
    and "noise", which are None where the group does not want them."""
    found = {kind: run / point.result(kind) for kind in ("points", "cost", "noise")}
    scores: dict[str, Any] = _read(found["points"])
    scores["intervals"] = of_scores(test, np.load(run / point.predicted))
    return scores | {kind: _read(found[kind]) if found[kind].is_file() else None for kind in ("cost", "noise")}


def _read(path: Path) -> Any:
    """What a JSON file holds, without its schema_version: the file that it goes into has its own."""
    value = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(value, dict):
        value.pop("schema_version", None)
    return value


