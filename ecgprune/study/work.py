"""How one seed of a group becomes scored models: the steps in its run folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, sha256_file, write_json
from ecgprune.config import Config
from ecgprune.pipeline import data, training
from ecgprune.pipeline.firmware_steps import build_code
from ecgprune.pipeline.run_folder import Step
from ecgprune.study.plan import Chain, Group

__all__ = ["Job", "Point", "collected", "jobs"]

BOARD = "mps2_an386"
VECTORS = 10
EVALUATION = ("training", "ecg/ec57.py", "verify/predict.py", "verify/oracles.py", "graph", "study/work.py")
FIRMWARE = ("codegen", "graph", "verify", "pipeline/bench.py", *build_code((BOARD,)))


@dataclass(frozen=True)
class Point:
    """A model that is scored.

    Attributes:
        name: unique in its group.
        source: its .keras file in the run folder.
    """

    name: str
    source: str
    chain: str
    method: str
    granularity: str
    target: float

    def result(self, kind: str) -> str:
        """The file of its "points" (scores), "cost" or "noise"."""
        return f"{kind}/{self.name}.json"


@dataclass(frozen=True)
class Job:
    """A step of a group, and about how many seconds it takes on two cores."""

    step: Step
    seconds: float


Work = Callable[[Progress], None]

NOISY = ("dense", "weight-80")
"""The points that are scored under noise, in groups that ask for it."""

NOISY_BEATS = "noise/beats.npz"
"""The test beats under every noise, for all models of a group."""

EPOCH_SECONDS = {"compact": 4.0, "compact_patient": 4.5, "acharya": 2.0, "plain": 12.0, "patient": 3.0}
"""Of one epoch on MIT-BIH, for the first guess of the time left; measured times replace it."""


@dataclass(frozen=True)
class _Context:
    """What the steps of a group share: the group, its config with the seed, and its run folder."""

    group: Group
    config: Config
    run: Path


def jobs(group: Group, run: Path, source: data.Source) -> Iterator[tuple[Job, Point | None]]:
    """Every step of a group in order; the last step of a point comes with the point."""
    at = _Context(group, replace(group.config, seed=group.seed), run)
    config = at.config
    epoch = EPOCH_SECONDS.get(config.model.name, 4.0)
    for _, step in data.steps(config, run, source):
        yield Job(step, 15), None
    if group.noise:
        yield Job(_noisy_beats(group, run, source), 240), None
    yield Job(training.train_step(config, run), epoch * config.train.epochs), None
    yield from _point(at, Point("dense", "dense.keras", "", "dense", "none", 0.0))
    for chain in group.chains:
        own = replace(at, config=replace(config, prune=chain.prune, quantize=chain.quantize))
        yield from _chain(own, chain, 1.4 * epoch)


def _chain(at: _Context, chain: Chain, epoch: float) -> Iterator[tuple[Job, Point | None]]:
    """The stages of a chain, and its one-shot models. epoch: seconds of one epoch."""
    stages = chain.prune.stages
    granularity: str = chain.prune.granularity
    if chain.prune.channel_stages:
        granularity = f"channel+{granularity}"
    for step, stage in training.pruning_steps(at.config, at.run, chain.name):
        yield Job(step, epoch * stage.epochs if stage else 60), None
        if stage is None or stage.granularity is not None:
            continue
        name = f"{chain.name}-{stage.target * 100:g}"
        yield from _point(at, Point(name, step.outputs[0], chain.name, "multistage", granularity, stage.target))
    for target in chain.one_shot:
        to = tuple(stage for stage in stages if stage.target <= target)
        name = f"one-shot-{target * 100:g}"
        pruning = replace(at.config, prune=replace(chain.prune, stages=to))
        step = training.one_shot_step(pruning, at.run, chain.name, name)
        yield Job(step, epoch * sum(stage.epochs for stage in to)), None
        point = Point(f"{chain.name}-{name}", step.outputs[0], chain.name, "one-shot", granularity, target)
        yield from _point(at, point)


def _point(at: _Context, point: Point) -> Iterator[tuple[Job, Point | None]]:
    """Quantizes a model and scores it; runs it on the board and under noise where the group wants that."""
    group, config, run = at.group, at.config, at.run
    tflite = f"int8/{point.name}.tflite"
    tuning = 6.0 * config.quantize.qat_epochs if config.quantize.method == "qat" else 0.0
    yield Job(training.quantize_step(config, run, point.source, tflite, f"int8/{point.name}.json"), 8 + tuning), None

    def score(progress: Progress) -> None:
        write_json(run / point.result("points"), _scored(at, point, run / tflite))

    def measure(progress: Progress) -> None:
        write_json(run / point.result("cost"), _cost(run / tflite, progress))

    def disturb(progress: Progress) -> None:
        write_json(run / point.result("noise"), _under_noise(run, run / tflite, progress))

    def step(
        kind: str, title: str, needed: tuple[str, ...], work: Work, settings: list[Any], code: tuple[str, ...]
    ) -> Step:
        return Step(f"{kind}/{point.name}", f"{point.name}{title}", needed, (point.result(kind),), work, settings, code)

    if group.costs:
        yield Job(step("cost", f" on {BOARD}", (tflite,), measure, [], FIRMWARE), 12), None
    if group.noise and point.name in NOISY:
        needed = (*data.DATASET, NOISY_BEATS, tflite)
        yield Job(step("noise", " under noise", needed, disturb, [], EVALUATION), 60), None
    settings = [asdict(point), group.name, group.seed]
    needed = (*data.DATASET, point.source, tflite)
    yield Job(step("points", ": test", needed, score, settings, EVALUATION), 14), point


def collected(run: Path, point: Point) -> dict[str, Any]:
    """The results of a point: its scores, and "cost" and "noise", which are None where the group does not want them."""
    found = {kind: run / point.result(kind) for kind in ("points", "cost", "noise")}
    scores: dict[str, Any] = _read(found["points"])
    return scores | {kind: _read(found[kind]) if found[kind].is_file() else None for kind in ("cost", "noise")}


def _read(path: Path) -> Any:
    """What a JSON file holds, without its schema_version: the file that it goes into has its own."""
    value = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(value, dict):
        value.pop("schema_version", None)
    return value


def _scored(at: _Context, point: Point, tflite: Path) -> dict[str, Any]:
    """The scores of one model on the test beats, in float through Keras and in int8 through the TFLite interpreter."""
    from ecgprune.ecg import ec57
    from ecgprune.training import fit
    from ecgprune.training import size as sizes
    from ecgprune.verify.predict import Interpreter, probabilities

    group, config, run = at.group, at.config, at.run
    beats = data.load(run).subset("test")
    in_float = fit.predict(run / point.source, beats).argmax(axis=1)
    in_int8 = probabilities(tflite, beats.inputs, Interpreter).argmax(axis=1)
    return {
        "group": group.name,
        "model": config.model.name,
        "split": config.data.split,
        "seed": group.seed,
        "chain": point.chain,
        "method": point.method,
        "granularity": point.granularity,
        "allocation": config.prune.allocation if point.chain else "",
        "goal": config.prune.stages[-1].goal if point.chain else "",
        "target": point.target,
        **sizes.count(run / point.source),
        "tflite_bytes": tflite.stat().st_size,
        "tflite_sha256": sha256_file(tflite),
        "float": ec57.metrics(beats.label, in_float, beats.info["classes"]),
        "int8": ec57.metrics(beats.label, in_int8, beats.info["classes"]),
    }


def _noisy_beats(group: Group, run: Path, source: data.Source) -> Step:
    """The test beats once more under every kind of noise at every ratio."""

    def work(progress: Progress) -> None:
        from ecgprune.ecg import noise

        assert source.folder is not None, "MIT-BIH is read from a folder"
        assert source.noise is not None, "find_noise tells where the noise is"
        beats = data.load(run).subset("test")
        disturbed = noise.noisy_beats(source.folder, source.noise, beats, noise.CONDITIONS, group.seed, progress)
        arrays = {_array(at, name): values for at, noisy in disturbed.items() for name, values in noisy.inputs.items()}
        noise.save(arrays, run / NOISY_BEATS)

    code = ("ecg", "study/work.py")
    return Step("noise/beats", "test beats under noise", data.DATASET, (NOISY_BEATS,), work, [group.seed], code)


def _array(condition: tuple[str, float], name: str) -> str:
    kind, ratio = condition
    return f"{kind}{ratio:g}-{name}"


def _under_noise(run: Path, tflite: Path, progress: Progress) -> list[dict[str, Any]]:
    """Scores of the int8 model on the test beats with recorded noise: {"kind", "snr_db", "accuracy", "macro_f1"}."""
    from ecgprune.ecg import ec57, noise
    from ecgprune.verify.predict import Interpreter, probabilities

    beats = data.load(run).subset("test")
    disturbed = noise.load(run / NOISY_BEATS)
    found = []
    for number, (kind, ratio) in enumerate(noise.CONDITIONS):
        progress(number / len(noise.CONDITIONS), f"{kind} at {ratio:g} dB")
        inputs = {name: disturbed[_array((kind, ratio), name)] for name in beats.inputs}
        predicted = probabilities(tflite, inputs, Interpreter).argmax(axis=1)
        scores = ec57.metrics(beats.label, predicted, beats.info["classes"])
        found.append({"kind": kind, "snr_db": ratio} | {key: scores[key] for key in ("accuracy", "macro_f1")})
    return found


def _cost(tflite: Path, progress: Progress) -> dict[str, Any]:
    """What one inference takes on the board, and whether all output bytes equal TFLM's."""
    from ecgprune.pipeline import bench

    (board,) = bench.check_tools([BOARD])
    row = bench.measure(bench.Subject(tflite, tflite.stem, VECTORS), board, progress=progress)
    kept = ("board", "core", "instructions", "instructions_estimate", "cycles_estimate", "flash_bytes", "ram_bytes",
            "bit_exact", "vectors", "versions", "tools")  # fmt: skip
    return {key: row[key] for key in kept}
