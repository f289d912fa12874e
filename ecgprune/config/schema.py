"""What a config holds, as frozen dataclasses. With pruning.py the only home of defaults."""

from __future__ import annotations

from dataclasses import asdict, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic.dataclasses import dataclass

from ecgprune.config.pruning import PruneConfig
from ecgprune.config.values import STRICT, Count, NotNegative, Positive, Score, Share, usable_name

__all__ = [
    "Config",
    "DataConfig",
    "ExportConfig",
    "FirmwareConfig",
    "ModelConfig",
    "QuantizeConfig",
    "SyntheticConfig",
    "TrainConfig",
    "VerifyConfig",
]


@dataclass(frozen=True, config=STRICT)
class SyntheticConfig:
    """Size of the synthetic database: `patients` records of `minutes` minutes each."""

    patients: Annotated[int, Field(ge=4)] = 16
    minutes: Positive = 5.0


@dataclass(frozen=True, config=STRICT)
class DataConfig:
    """Which ECG records become which beats.

    database: "synthetic" is generated on the spot; "mitdb" is read from a folder (--data, or the user's cache).
    lead: signal to use where the record has it; else the record's first signal.
    sample_rate_hz: rate that signals are resampled to.
    band_low_hz, band_high_hz: pass band of the filter.
    window: samples per beat at sample_rate_hz, of which `window_before` lie before the R peak.
    split: "intra" (random by beat, stratified) or "inter" (whole patients; de Chazal's DS1/DS2 on mitdb).
    test_fraction: share of all beats (intra) held out; with inter on mitdb the DS2 patients, and this is unused.
    validation_fraction: share of the training data held out for validation.
    validation: with split inter, whether validation takes whole patients ("patient") or beats of the patients that
        train ("beat"), so that all of them do; with intra it is by beat in any case.
    patient: also compute the inputs of models "compact_patient" and "patient" (ecg/patient.py), at 180 Hz.
    simulated: beats per training patient in simulated atrial fibrillation, and a third of that again of a patient with
        mostly ectopic beats (ecg/simulate.py); 0 turns it off.
    """

    database: Literal["synthetic", "mitdb"] = "synthetic"
    lead: str = "MLII"
    sample_rate_hz: Annotated[int, Field(ge=50, le=1000)] = 180
    band_low_hz: Positive = 0.5
    band_high_hz: Positive = 40.0
    window: Annotated[int, Field(ge=16, le=4096)] = 180
    window_before: Annotated[int, Field(ge=0)] = 72
    split: Literal["intra", "inter"] = "intra"
    test_fraction: Share = 0.2
    validation_fraction: Share = 0.1
    validation: Literal["patient", "beat"] = "patient"
    patient: bool = False
    simulated: Annotated[int, Field(ge=0)] = 0
    synthetic: SyntheticConfig = field(default_factory=SyntheticConfig)

    @model_validator(mode="after")
    def _consistent(self) -> DataConfig:
        if self.band_low_hz >= self.band_high_hz:
            raise ValueError(f"band_low_hz {self.band_low_hz} must lie below band_high_hz {self.band_high_hz}")
        if self.band_high_hz >= self.sample_rate_hz / 2:
            raise ValueError(
                f"band_high_hz {self.band_high_hz} must lie below half of sample_rate_hz {self.sample_rate_hz}"
            )
        if self.window_before >= self.window:
            raise ValueError(f"window_before {self.window_before} must be less than window {self.window}")
        if self.patient and (
            self.sample_rate_hz != 180 or self.window_before < 52 or self.window - self.window_before < 84
        ):
            raise ValueError(
                "the inputs that data.patient adds take sample_rate_hz 180 and a window of at least 52 samples before "
                f"and 84 from the R peak on; these are {self.sample_rate_hz}, {self.window_before} and "
                f"{self.window - self.window_before}"
            )
        return self


@dataclass(frozen=True, config=STRICT)
class ModelConfig:
    """Which network of the zoo: "compact" (with RR features beside the beat), "compact_patient" (with what sets the
    beat against the patient's own rhythm and template beat instead; needs data.patient), "patient" (the same inputs,
    for patients never seen), "acharya", or "plain"."""

    name: Literal["compact", "compact_patient", "acharya", "patient", "plain"] = "compact"


@dataclass(frozen=True, config=STRICT)
class TrainConfig:
    """Training of the dense model.

    patience: epochs without a better validation macro-F1 before training stops early.
    class_weight_power: a class weighs (largest class / its size) ** power; 0 turns weighting off.
    class_factors: what the weights of N, S, V, F and Q are multiplied by besides.
    record_beats: most beats of a class that a record gives to one epoch, drawn anew for each; 0: all.
    noise_std, shift_samples, gain_spread: augmentation, in units of the normalized input, in samples,
        and as the largest relative change of amplitude; 0 turns each off.
    noise_share: share of an epoch's beats that carry recorded noise from the MIT-BIH Noise Stress Test Database; 0
        turns it off and needs no database. Every record is heard noise_takes times with bw, em or ma, each time at a
        signal-to-noise ratio of its own between noise_snr_db's two values, and a beat is taken from any of them.
    """

    epochs: Count = 30
    batch_size: Count = 256
    learning_rate: Positive = 0.002
    patience: Count = 8
    class_weight_power: NotNegative = 0.25
    class_factors: tuple[NotNegative, NotNegative, NotNegative, NotNegative, NotNegative] = (1.0, 1.0, 1.0, 1.0, 1.0)
    record_beats: Annotated[int, Field(ge=0)] = 0
    noise_std: NotNegative = 0.03
    shift_samples: Annotated[int, Field(ge=0)] = 2
    gain_spread: Score = 0.1
    noise_share: Score = 0.0
    noise_snr_db: tuple[float, float] = (0.0, 24.0)
    noise_takes: Count = 8

    @model_validator(mode="after")
    def _ordered(self) -> TrainConfig:
        if self.noise_snr_db[0] > self.noise_snr_db[1]:
            raise ValueError(f"noise_snr_db must be [lowest, highest], and it is {list(self.noise_snr_db)}")
        return self


@dataclass(frozen=True, config=STRICT)
class QuantizeConfig:
    """To int8.

    method: "ptq" (post-training quantization) or "qat" (quantization-aware fine-tuning first, which keeps every zero).
    calibration_beats: training beats that calibrate the activations' ranges.
    qat_epochs, qat_learning_rate: of the fine-tuning.
    """

    method: Literal["ptq", "qat"] = "ptq"
    calibration_beats: Count = 500
    qat_epochs: Count = 4
    qat_learning_rate: Positive = 0.0002


@dataclass(frozen=True, config=STRICT)
class ExportConfig:
    """What is generated.

    name: C prefix of the generated model, and its file name.
    runtime: "native" (ecgprune's kernels) or "tflm" (the .tflite as an array, for the user's own TFLM).
    sparse: "auto" takes the sparse form of a layer where it is estimated to be the faster one;
        "never" and "always" are for measurements.
    optimize: what the code spares first: "speed" (instructions), "ram" or "flash". The other two break ties.
    Code is chosen for the core of the first board of the list, and is right on every core.
    """

    name: Annotated[str, AfterValidator(usable_name)] = "ecg"
    runtime: Literal["native", "tflm"] = "native"
    sparse: Literal["auto", "never", "always"] = "auto"
    optimize: Literal["speed", "ram", "flash"] = "speed"


@dataclass(frozen=True, config=STRICT)
class FirmwareConfig:
    """Boards to build for and run on; names of folders in firmware/boards."""

    boards: Annotated[tuple[str, ...], Field(min_length=1)] = ("mps2_an386",)


@dataclass(frozen=True, config=STRICT)
class VerifyConfig:
    """Test beats that every runtime must answer alike, on the host and on each board."""

    host_beats: Count = 1000
    board_beats: Count = 100


@dataclass(frozen=True, config=STRICT)
class Config:
    """One run. `seed` seeds everything that draws."""

    name: str = "default"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    prune: PruneConfig = field(default_factory=PruneConfig)
    quantize: QuantizeConfig = field(default_factory=QuantizeConfig)
    export: ExportConfig = field(default_factory=ExportConfig)
    firmware: FirmwareConfig = field(default_factory=FirmwareConfig)
    verify: VerifyConfig = field(default_factory=VerifyConfig)

    @model_validator(mode="after")
    def _has_inputs(self) -> Config:
        if self.model.name in ("compact_patient", "patient") and not self.data.patient:
            raise ValueError(
                f"model '{self.model.name}' takes inputs that the dataset has with data.patient = true only"
            )
        return self

    def as_dict(self) -> dict[str, Any]:
        """Plain nested values, defaults filled in; what is None is left out, as TOML has no such value."""
        values: dict[str, Any] = asdict(self, dict_factory=lambda pairs: {k: v for k, v in pairs if v is not None})
        return values
