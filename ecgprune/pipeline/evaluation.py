"""Scores of the models on the test beats, which no step before uses."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ecgprune.artifacts import Progress, replacing, write_json
from ecgprune.pipeline.data import load

__all__ = ["evaluate"]


def evaluate(run: Path, one_shot: bool, progress: Progress) -> None:
    """Scores the models of a run, and writes evaluation.json and predictions.npz.

    evaluation.json: metrics (see ec57.py) of "dense", "pruned" and, with `one_shot`, "one_shot" in float through Keras,
    and of "int8" through TFLM on the host. predictions.npz: label and predicted uint8 [beats] and probabilities
    float32 [beats, 5] of the int8 model, in the order of the dataset's test beats.

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
    write_json(run / "evaluation.json", found)
