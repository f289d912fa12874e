"""Training batches: shuffled, turned into floats and varied afresh in every epoch, from one seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.config import TrainConfig
from ecgprune.training.arrays import TRAIN, Beats, rows

__all__ = ["Batches", "model_inputs", "steps_per_epoch"]


def model_inputs(model: Any, beats: Beats, index: NDArray[np.intp]) -> dict[str, NDArray[np.float32]]:
    """What `model` takes for the beats at `index`: "ecg" [n, 1, window, 1] and, if it has that input, "rr" [n, 4]."""
    inputs = {"ecg": _scaled(beats.ecg[index], beats.info["ecg_scale"])[:, np.newaxis, :, np.newaxis]}
    if "rr" in model.input_names:
        inputs["rr"] = _scaled(beats.rr[index], beats.info["rr_scale"])
    return inputs


def steps_per_epoch(beats: Beats, config: TrainConfig) -> int:
    """Batches in an epoch of training."""
    return -(-len(rows(beats, TRAIN)) // config.batch_size)


@dataclass(frozen=True)
class Batches:
    """The training beats, epoch by epoch. The same seed and epoch always give the same batches."""

    model: Any
    beats: Beats
    weights: NDArray[np.float32]
    config: TrainConfig
    seed: int

    @property
    def steps(self) -> int:
        """Batches in an epoch, of nearly the same size."""
        return steps_per_epoch(self.beats, self.config)

    def epoch(self, number: int) -> Iterator[tuple[dict[str, NDArray[np.float32]], Any, NDArray[np.float32]]]:
        """(inputs, labels, sample weights) of each batch of epoch `number`."""
        draw = np.random.default_rng([self.seed, number])
        for chosen in np.array_split(draw.permutation(rows(self.beats, TRAIN)), self.steps):
            inputs = model_inputs(self.model, self.beats, chosen)
            inputs["ecg"] = self._varied(inputs["ecg"], draw)
            labels = self.beats.label[chosen]
            yield inputs, labels.astype(np.int32), self.weights[labels]

    def _varied(self, ecg: NDArray[np.float32], draw: np.random.Generator) -> NDArray[np.float32]:
        """`ecg` moved by a few samples (the edges repeat), scaled, and with noise, each beat in its own way."""
        beats, _, window, _ = ecg.shape
        if self.config.shift_samples:
            shift = draw.integers(-self.config.shift_samples, self.config.shift_samples, (beats, 1), endpoint=True)
            source = np.clip(np.arange(window) + shift, 0, window - 1)
            ecg = np.take_along_axis(ecg, source[:, np.newaxis, :, np.newaxis], axis=2)
        if self.config.gain_spread:
            spread = self.config.gain_spread
            ecg = ecg * draw.uniform(1 - spread, 1 + spread, (beats, 1, 1, 1)).astype(np.float32)
        if self.config.noise_std:
            ecg = ecg + np.float32(self.config.noise_std) * draw.standard_normal(ecg.shape, np.float32)
        return ecg


def _scaled(integers: NDArray[np.int8], scale: float) -> NDArray[np.float32]:
    return integers.astype(np.float32) * np.float32(scale)
