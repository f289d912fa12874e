"""Training batches: shuffled, turned into floats and varied afresh in every epoch, from one seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.config import TrainConfig
from ecgprune.errors import TrainingError
from ecgprune.training.arrays import Beats, epoch_rows

__all__ = ["Batches", "model_inputs", "steps_per_epoch", "with_noise"]

QRS_S = 0.05
"""A QRS complex reaches this far to both sides of its R peak, as PhysioNet's sigamp measures it."""


def model_inputs(model: Any, beats: Beats, index: NDArray[np.intp]) -> dict[str, NDArray[np.float32]]:
    """What `model` takes for the beats at `index`, by name: "ecg" [n, 1, window, 1], any other as in `beats`.

    Raises TrainingError: the dataset has not what the model takes.
    """
    missing = [name for name in model.input_names if name not in beats.inputs]
    if missing:
        raise TrainingError(
            f"model {model.name} takes the input '{missing[0]}', and the dataset has {', '.join(beats.inputs)}; "
            "use the dataset that the model was trained on"
        )
    inputs = {n: _scaled(beats.inputs[n][index], beats.info[f"{n}_scale"]) for n in model.input_names}
    inputs["ecg"] = inputs["ecg"][:, np.newaxis, :, np.newaxis]
    return inputs


def steps_per_epoch(beats: Beats, config: TrainConfig) -> int:
    """Batches in an epoch of training."""
    beats_per_epoch = len(epoch_rows(beats, config.record_beats, np.random.default_rng(0)))
    return -(-beats_per_epoch // config.batch_size)


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
        for chosen in np.array_split(epoch_rows(self.beats, self.config.record_beats, draw), self.steps):
            inputs = model_inputs(self.model, self.beats, chosen)
            inputs["ecg"] = self._varied(inputs["ecg"], draw)
            labels = self.beats.label[chosen]
            yield inputs, labels.astype(np.int32), self.weights[labels]

    def _varied(self, ecg: NDArray[np.float32], draw: np.random.Generator) -> NDArray[np.float32]:
        """`ecg` with recorded noise, moved by a few samples (the edges repeat), scaled, and with white noise, each beat
        in its own way."""
        beats, _, window, _ = ecg.shape
        if self.config.noise_share:
            ecg = self._with_recorded_noise(ecg, draw)
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

    def _with_recorded_noise(self, ecg: NDArray[np.float32], draw: np.random.Generator) -> NDArray[np.float32]:
        if self.beats.noise is None:
            raise TrainingError(
                f"train.noise_share is {self.config.noise_share} and the beats come without recorded noise; "
                "train with ecgprune's `train` or `run`, which read it"
            )
        chosen = np.flatnonzero(draw.random(len(ecg)) < self.config.noise_share)
        limit = 128 * self.beats.info["ecg_scale"]
        flat = ecg[chosen, 0, :, 0]
        noisy = with_noise(flat, self.beats.noise, _qrs(self.beats.info["config"]), self.config.noise_snr_db, draw)
        ecg = ecg.copy()
        ecg[chosen, 0, :, 0] = np.clip(noisy, -limit, limit * 127 / 128)
        return ecg


def with_noise(
    ecg: NDArray[np.float32],
    noise: NDArray[np.float32],
    qrs: slice,
    snr_db: tuple[float, float],
    draw: np.random.Generator,
) -> NDArray[np.float32]:
    """Normalized windows, [beats, window], each with a stretch of `noise` at an SNR drawn between the two of `snr_db`.

    noise: [kinds, samples] in units of its RMS amplitude; every kind and every stretch is as likely. qrs: the part of
    the window whose peak-to-peak amplitude A, beat by beat, makes the signal's power A^2 / 8, as in PhysioNet's nst
    (see ecg/noise.py, which measures A over a record). The result has mean 0 and the window's former mean absolute
    deviation: what the normalization would have made of the noisy beat.
    """
    beats, window = ecg.shape
    stretches = np.lib.stride_tricks.sliding_window_view(noise, window, axis=1)
    picked = stretches[draw.integers(len(noise), size=beats), draw.integers(stretches.shape[1], size=beats)]
    gain = np.ptp(ecg[:, qrs], axis=1) / sqrt(8) * 10 ** (-draw.uniform(*snr_db, beats) / 20)
    mixed = ecg + gain.astype(np.float32)[:, None] * picked
    mixed -= mixed.mean(axis=1, keepdims=True)
    former = np.abs(ecg - ecg.mean(axis=1, keepdims=True)).mean(axis=1, keepdims=True)
    deviation = np.abs(mixed).mean(axis=1, keepdims=True)
    scaled: NDArray[np.float32] = mixed * (former / np.maximum(deviation, np.finfo(np.float32).tiny))
    return scaled


def _qrs(config: Mapping[str, Any]) -> slice:
    reach = round(QRS_S * config["sample_rate_hz"])
    return slice(max(0, config["window_before"] - reach), config["window_before"] + reach + 1)


def _scaled(integers: NDArray[np.int8], scale: float) -> NDArray[np.float32]:
    return integers.astype(np.float32) * np.float32(scale)
