"""Scores of the models on the test beats, which no step before uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, replacing, write_json
from ecgprune.pipeline.data import load

if TYPE_CHECKING:
    from ecgprune.ecg.dataset import Dataset

__all__ = ["evaluate", "parts"]

_PARTS = ("all", "without_paced", "without_232")


def evaluate(run: Path, one_shot: bool, progress: Progress) -> None:
    """Scores the models of a run, and writes evaluation.json and predictions.npz.

    evaluation.json: metrics (see ec57.py) of "dense", "pruned" and, with `one_shot`, "one_shot" in float through Keras,
    and of "int8" through TFLM on the host; and `parts` of the latter. predictions.npz: label and predicted uint8
    [beats] and probabilities float32 [beats, 5] of the int8 model, in the order of the dataset's test beats.

    Args:
        run: the run folder.
        one_shot: score the model that was pruned in one shot too.
        progress: called for each model.
    """
    from ecgprune import verify
    from ecgprune.ecg import ec57
    from ecgprune.training import fit

    beats = load(run).subset("test")
    models = {"dense": "dense.keras", "pruned": "pruned.keras"}
    if one_shot:
        models["one_shot"] = "prune/one-shot.keras"
    found = {}
    for number, (name, file) in enumerate(models.items()):
        progress(number / 10, f"{name} model on {len(beats)} test beats")
        predicted = fit.predict(run / file, beats).argmax(axis=1)
        found[name] = ec57.metrics(beats.label, predicted, beats.info["classes"])
    progress(0.3, f"int8 model on {len(beats)} test beats")
    probabilities = verify.probabilities(run / "model.tflite", beats.inputs)
    predicted = probabilities.argmax(axis=1).astype(np.uint8)
    found["int8"] = ec57.metrics(beats.label, predicted, beats.info["classes"])
    with replacing(run / "predictions.npz") as new:
        np.savez(new, label=beats.label, predicted=predicted, probabilities=probabilities)
    write_json(run / "evaluation.json", found | {"parts": parts(beats, predicted)})


def parts(beats: Dataset, predicted: NDArray[np.uint8]) -> list[dict[str, Any]]:
    """Scores on all test beats and with some records left out, as `ecg.evaluation.score` has them.

    Intervals are over patients. Where patients train and test (splits "intra" and "time") there are none: the patients
    of such an interval would be the very ones that the model knows.

    Args:
        beats: the test beats.
        predicted: [beats], the classes that the model gives them.
    """
    from ecgprune.ecg import evaluation, splits
    from ecgprune.ecg.databases import registry

    config, names = beats.info["config"], beats.info["records"]
    database = config["database"]
    home = registry.get("mitdb" if database == "mixed" else database)  # of the test records
    answers = [
        evaluation.Answers(
            record=names[number].removeprefix("mitdb/") if database == "mixed" else names[number],
            patient=splits.patient_of(names[number], database, config["same_patient"]),
            lead="",
            label=beats.label[beats.record == number],
            predicted=predicted[beats.record == number],
            minute=np.full(int((beats.record == number).sum()), np.inf),
            left_out={},
        )
        for number in np.unique(beats.record).tolist()
    ]
    wanted = [p for p in evaluation.subsets(home, [a.record for a in answers]) if p.name in _PARTS]
    found = [scored for p in wanted if (scored := evaluation.score(answers, beats.info["classes"], p)) is not None]
    return found if config["split"] == "inter" else [scored | {"intervals": None} for scored in found]
