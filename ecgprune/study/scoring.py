"""How one model of the study is scored: on the test beats, under noise, and on a board."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ecgprune.artifacts import Progress, read_json, replacing, sha256_file
from ecgprune.config import Config
from ecgprune.pipeline import data
from ecgprune.pipeline.run_folder import Step
from ecgprune.study.plan import Group

__all__ = ["BOARD", "NOISY_BEATS", "Point", "cost", "noisy_beats_step", "scored", "under_noise"]

BOARD = "mps2_an386"
VECTORS = 10
NOISY_BEATS = "noise/beats.npz"
"""The test beats under every noise, for all models of a group."""


@dataclass(frozen=True)
class Point:
    """A model that is scored.

    Attributes:
        name: unique in its group.
        source: its .keras file in the run folder.
        budget: epochs of a one-shot model: those of all "stages" up to its goal, or of the goal's own "stage" alone.
    """

    name: str
    source: str
    chain: str = ""
    method: str = "dense"
    granularity: str = "none"
    target: float = 0.0
    budget: str = ""

    def result(self, kind: str) -> str:
        """The file of its "points" (scores), "cost" or "noise"."""
        return f"{kind}/{self.name}.json"

    @property
    def predicted(self) -> str:
        """The file with the class that the int8 model predicts for each test beat: uint8 [beats]."""
        return f"points/{self.name}.npy"

    @property
    def quantized(self) -> str:
        """The file with what quantization told of it."""
        return f"int8/{self.name}.json"

    @property
    def told(self) -> str:
        """The file with what training told of the model, its validation scores among it."""
        return self.source.removesuffix(".keras") + ".json"


def scored(group: Group, config: Config, run: Path, point: Point, tflite: Path) -> dict[str, Any]:
    """The scores of one model on the test beats, in float through Keras and in int8 through the TFLite interpreter.

    Writes the classes that the latter predicts to `point.predicted`.
    """
    from ecgprune.ecg import ec57
    from ecgprune.training import fit
    from ecgprune.training import size as sizes
    from ecgprune.verify.predict import Interpreter, probabilities

    beats = data.load(run).subset("test")
    told, quantized = read_json(run / point.told), read_json(run / point.quantized)
    in_float = fit.predict(run / point.source, beats).argmax(axis=1)
    in_int8 = probabilities(tflite, beats.inputs, Interpreter).argmax(axis=1).astype(np.uint8)
    with replacing(run / point.predicted) as new:
        np.save(new, in_int8)
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
        "rewind": config.prune.rewind if point.chain else None,
        "budget": point.budget,
        **sizes.count(run / point.source),
        "validation": {key: told[key] for key in ("accuracy", "macro_f1")},
        "tflite_bytes": tflite.stat().st_size,
        "tflite_sha256": sha256_file(tflite),
        **{key: quantized[key] for key in ("output_error", "mended")},
        "float": ec57.metrics(beats.label, in_float, beats.info["classes"]),
        "int8": ec57.metrics(beats.label, in_int8, beats.info["classes"]),
    }


def noisy_beats_step(group: Group, run: Path, source: data.Source) -> Step:
    """The test beats once more under every kind of noise at every ratio."""

    def work(progress: Progress) -> None:
        from ecgprune.ecg import noise

        assert source.folder is not None, "MIT-BIH is read from a folder"
        assert source.noise is not None, "find_noise tells where the noise is"
        beats = data.load(run).subset("test")
        disturbed = noise.noisy_beats(source.folder, source.noise, beats, noise.CONDITIONS, group.seed, progress)
        arrays = {_array(at, name): values for at, noisy in disturbed.items() for name, values in noisy.inputs.items()}
        noise.save(arrays, run / NOISY_BEATS)

    code = ("ecg", "study/scoring.py")
    return Step("noise/beats", "test beats under noise", data.DATASET, (NOISY_BEATS,), work, [group.seed], code)


def _array(condition: tuple[str, float], name: str) -> str:
    kind, ratio = condition
    return f"{kind}{ratio:g}-{name}"


def under_noise(run: Path, tflite: Path, progress: Progress) -> list[dict[str, Any]]:
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


def cost(tflite: Path, progress: Progress) -> dict[str, Any]:
    """What one inference takes on the board, and whether all output bytes equal TFLM's."""
    from ecgprune.pipeline import bench

    (board,) = bench.check_tools([BOARD])
    row = bench.measure(bench.Subject(tflite, tflite.stem, VECTORS), board, progress=progress)
    kept = ("board", "core", "instructions", "instructions_estimate", "cycles_estimate", "flash_bytes", "ram_bytes",
            "bit_exact", "vectors", "versions", "tools")  # fmt: skip
    return {key: row[key] for key in kept}
