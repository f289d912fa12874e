"""How the dense model is trained. Another part of schema.py, kept apart for its size."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from ecgprune.config.values import STRICT, Count, NotNegative, Positive, Score

__all__ = ["TrainConfig"]


@dataclass(frozen=True, config=STRICT)
class TrainConfig:
    """Training of the dense model. Pruning stages use its batches, class weights, variations and `keep` too.

    Attributes:
        epochs: number of epochs at most.
        batch_size: beats per step.
        learning_rate: the first one; it falls along a half cosine to 2 % of this.
        patience: epochs without a better validation macro-F1 after which training stops.
        keep: "best" keeps the epoch with the best validation macro-F1. "last" trains all epochs and keeps the last one:
            where beats of the training patients validate, their score says little about other patients.
        class_weight_power: a class weighs (size of the largest class / its own size) ** power. 0 turns weights off.
        class_factors: factors on the weights of the classes N, S, V, F and Q.
        record_beats: most beats of one class that a record gives to an epoch, drawn anew for each. 0 sets no limit.
        record_weight_power: with record_beats, a beat weighs (beats of its record and class / how many of them an epoch
            takes) ** power. 1 makes up for the limit, 0 leaves a patient's many beats as light as another's few.
        noise_std: standard deviation of white noise added to training beats, in units of the normalized input. 0 turns
            it off.
        shift_samples: most samples that a training beat is moved by, either way. 0 turns it off.
        gain_spread: largest relative change of a training beat's amplitude. 0 turns it off.
        second_lead_share: share of an epoch's beats that are taken from the record's second lead, where it has one. It
            shows the same rhythm with other shapes. 0 turns it off.
        noise_share: share of an epoch's beats with recorded noise of the MIT-BIH Noise Stress Test Database. 0 turns it
            off and needs no database.
        noise_snr_db: lowest and highest signal-to-noise ratio of recorded noise, in dB.
        noise_takes: how often each record is mixed with recorded noise, each time of a random kind (bw, em or ma) and
            at a random ratio. Training draws from all takes.
    """

    epochs: Count = 30
    batch_size: Count = 256
    learning_rate: Positive = 0.002
    patience: Count = 8
    keep: Literal["best", "last"] = "best"
    class_weight_power: NotNegative = 0.25
    class_factors: tuple[NotNegative, NotNegative, NotNegative, NotNegative, NotNegative] = (1.0, 1.0, 1.0, 1.0, 1.0)
    record_beats: Annotated[int, Field(ge=0)] = 0
    record_weight_power: NotNegative = 0.0
    noise_std: NotNegative = 0.03
    shift_samples: Annotated[int, Field(ge=0)] = 2
    gain_spread: Score = 0.1
    second_lead_share: Score = 0.0
    noise_share: Score = 0.0
    noise_snr_db: tuple[float, float] = (0.0, 24.0)
    noise_takes: Count = 8

    @model_validator(mode="after")
    def _ordered(self) -> TrainConfig:
        if self.noise_snr_db[0] > self.noise_snr_db[1]:
            raise ValueError(f"noise_snr_db must be [lowest, highest], and it is {list(self.noise_snr_db)}")
        return self
