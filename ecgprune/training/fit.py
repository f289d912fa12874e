"""Dense training of the zoo's models on beats, and what a model answers for beats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress, write_json
from ecgprune.config import Config
from ecgprune.training import keras_file, models
from ecgprune.training._tf import seed_everything
from ecgprune.training.arrays import Beats, trainable
from ecgprune.training.beats import BeatsTask, evaluate, probabilities
from ecgprune.training.loop import Course, fit

__all__ = ["evaluate", "predict", "train_dense"]


def train_dense(
    beats: Beats, config: Config, out: Path, metrics_out: Path, log_dir: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Trains the config's model, and keeps the epoch with the best validation macro-F1 or the last, as the config says.

    Args:
        beats: all beats.
        config: the config.
        out: gets the model (.keras).
        metrics_out: gets the scores (.json).
        log_dir: folder for TensorBoard logs; emptied first.
        progress: called after every batch.

    Returns:
        The scores: {"accuracy", "macro_f1" (of the validation beats), "epochs_run", "best_epoch" (from 1),
        "parameters", "history": [{"loss", "accuracy", "macro_f1"} per epoch]}.

    Raises:
        TrainingError: there are too few beats or classes, or the window is too short for the model.
    """
    trainable(beats)
    seed_everything(config.seed)
    model = models.build(config.model.name, int(beats.ecg.shape[1]))
    settings = config.train
    course = Course(config.seed, settings.epochs, settings.learning_rate, patience=settings.patience)
    if settings.keep == "last":
        course = replace(course, patience=None, settled=settings.epochs - 1)
    fitted = fit(model, BeatsTask(beats, settings), course, log_dir=log_dir, progress=progress)
    keras_file.save(model, out)
    metrics = {
        "schema_version": 1,
        **fitted.scores,
        "epochs_run": len(fitted.history),
        "best_epoch": fitted.best_epoch + 1,
        "parameters": int(model.count_params()),
        "history": fitted.history,
    }
    write_json(metrics_out, metrics)
    return metrics


def predict(source: Path, beats: Beats) -> NDArray[np.float32]:
    """Probabilities that a float model gives for beats.

    Args:
        source: file of the model (.keras).
        beats: all are predicted, in their order.

    Returns:
        float32 [beats, 5].

    Raises:
        TrainingError: the model takes windows of another length.
    """
    model = keras_file.load(source)
    models.check_window(model, int(beats.ecg.shape[1]), source.name)
    return probabilities(model, beats, np.arange(len(beats.label)))
