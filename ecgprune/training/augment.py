"""Training batches: shuffled, turned into floats and varied afresh in every epoch, from one seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.config import TrainConfig
from ecgprune.errors import TrainingError
from ecgprune.training.arrays import TRAIN, Beats, epoch_rows, record_weights, rows

__all__ = ["Batches", "model_inputs", "steps_per_epoch"]


def model_inputs(model: Any, beats: Beats, index: NDArray[np.intp]) -> dict[str, NDArray[np.float32]]:
    """The inputs of a model for some beats.

    Args:
        model: takes inputs by the dataset's names.
        beats: all beats.
        index: [n], which of them.

    Returns:
        {input name: float32 [n, ...]}; "ecg" is [n, 1, window, 1], others are shaped as in `beats`.

    Raises:
        TrainingError: the dataset lacks an input of the model.
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

    @cached_property  # asked for with every batch
    def steps(self) -> int:
        """Batches in an epoch, of nearly the same size."""
        return steps_per_epoch(self.beats, self.config)

    def epoch(self, number: int) -> Iterator[tuple[dict[str, NDArray[np.float32]], Any, NDArray[np.float32]]]:
        """(inputs, labels, sample weights) of each batch of epoch `number`."""
        draw = np.random.default_rng([self.seed, number])
        of_record = record_weights(self.beats, self.config.record_beats, self.config.record_weight_power)
        train = rows(self.beats, TRAIN)
        for chosen in np.array_split(epoch_rows(self.beats, self.config.record_beats, draw), self.steps):
            inputs = model_inputs(self.model, self.beats, chosen)
            if self.config.second_lead_share:
                self._take_second_lead(inputs, np.searchsorted(train, chosen), draw)
            if self.config.noise_share:
                self._mix_noise_in(inputs, np.searchsorted(train, chosen), draw)
            inputs["ecg"] = self._varied(inputs["ecg"], draw)
            labels = self.beats.label[chosen]
            yield inputs, labels.astype(np.int32), self.weights[labels] * of_record[chosen]

    def _varied(self, ecg: NDArray[np.float32], draw: np.random.Generator) -> NDArray[np.float32]:
        """`ecg` moved by a few samples (the edges repeat), scaled, and with white noise, each beat in its own way."""
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

    def _take_second_lead(
        self, inputs: dict[str, NDArray[np.float32]], place: NDArray[np.intp], draw: np.random.Generator
    ) -> None:
        """Replaces some of the beats by themselves in the second lead, in place. place: as for `_mix_noise_in`."""
        if self.beats.second is None:
            raise TrainingError(
                f"train.second_lead_share is {self.config.second_lead_share} and the beats come without a second lead; "
                "train with ecgprune's `train` or `run`, which read it"
            )
        chosen = np.flatnonzero(draw.random(len(place)) < self.config.second_lead_share)
        self._replace(inputs, chosen, {name: values[place[chosen]] for name, values in self.beats.second.items()})

    def _mix_noise_in(
        self, inputs: dict[str, NDArray[np.float32]], place: NDArray[np.intp], draw: np.random.Generator
    ) -> None:
        """Replaces some of the beats by one of their noisy takes, in place. place: of each among the training beats."""
        if self.beats.noisy is None:
            raise TrainingError(
                f"train.noise_share is {self.config.noise_share} and the beats come without recorded noise; "
                "train with ecgprune's `train` or `run`, which read it"
            )
        chosen = np.flatnonzero(draw.random(len(place)) < self.config.noise_share)
        take = draw.integers(len(self.beats.noisy["ecg"]), size=len(chosen))
        self._replace(inputs, chosen, {name: values[take, place[chosen]] for name, values in self.beats.noisy.items()})

    def _replace(
        self,
        inputs: dict[str, NDArray[np.float32]],
        chosen: NDArray[np.intp],
        by: Mapping[str, NDArray[np.int8]],
    ) -> None:
        """Puts the integers `by`, of the beats `chosen`, in their places among `inputs`."""
        for name in inputs.keys() & by.keys():
            scaled = _scaled(by[name], self.beats.info[f"{name}_scale"])
            inputs[name][chosen] = scaled.reshape(-1, *inputs[name].shape[1:])


def _scaled(integers: NDArray[np.int8], scale: float) -> NDArray[np.float32]:
    return integers.astype(np.float32) * np.float32(scale)
