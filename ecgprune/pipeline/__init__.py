"""The pipeline: the steps of a run in order, each from the artefacts of the steps before it.

Stages do not know one another. Which artefacts they exchange is stated here and nowhere else.

    a run            run_folder (cached steps), data, training, firmware_steps; own_model for `ecgprune prune MODEL`
    a given model    given_model, trained_model, own_float, contract, tflite_folder
    a board          cores, board_code, emitting, bench, on_target, streaming and live_*
    results          evaluation, scoring, annotation_scoring, measurements, attest, packages, release

Read first: `run_folder.py`, then `firmware_steps.py`, whose steps are short.
"""

from __future__ import annotations

from pathlib import Path

from ecgprune.artifacts import read_json
from ecgprune.config import Config
from ecgprune.pipeline import data, firmware_steps, training
from ecgprune.pipeline.data import Source, find_noise, find_source
from ecgprune.pipeline.run_folder import Step

__all__ = ["STAGES", "Source", "find_noise", "find_source", "remarks", "steps"]

STAGES = ("dataset", "train", "prune", "quantize", "export", "build", "verify", "report")
"""The stages in order. Each step belongs to one of them, and a command runs all steps up to its stage."""


def steps(config: Config, run: Path, source: Source) -> list[tuple[str, Step]]:
    """All steps of a run in order, as (stage, step).

    Args:
        config: the config.
        run: the run folder.
        source: where the records come from, see `find_source`.

    Raises:
        BoardError: config.firmware.boards names an unknown board.
    """
    return [*data.steps(config, run, source), *training.steps(config, run), *firmware_steps.steps(config, run)]


def remarks(run: Path, step: Step) -> list[str]:
    """What the result of a step of a run says of itself, a line each: of its data, or of what int8 does to it."""
    if step.name == "dataset":
        from ecgprune.ecg import origins

        return origins.remarks(read_json(run / "dataset.json"))
    if step.name == "quantize":
        from ecgprune.training.outcome import output_warning

        remedy = 'fewer zeros, or prune.allocation = "sensitivity", help'
        told = output_warning(read_json(run / "quantize.json")["output_error"], remedy)
        return [f"warning: {told}"] if told else []
    return []
