"""What a config holds, as frozen dataclasses. The only home of defaults."""

from __future__ import annotations

import itertools
from dataclasses import asdict, field, replace
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

__all__ = [
    "GOALS",
    "Config",
    "DataConfig",
    "ExportConfig",
    "FirmwareConfig",
    "ModelConfig",
    "PruneConfig",
    "QuantizeConfig",
    "Stage",
    "SyntheticConfig",
    "TrainConfig",
    "VerifyConfig",
]

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)

GOALS = ("sparsity", "fewer_macs", "fewer_instructions")
"""What a pruning stage can be told to reach."""

Sparsity = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, config=_STRICT)
class SyntheticConfig:
    """Size of the synthetic database: `patients` records of `minutes` minutes each."""

    patients: Annotated[int, Field(ge=4)] = 16
    minutes: Positive = 5.0


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
class ModelConfig:
    """Which network of the zoo: "compact" (with RR features beside the beat), "compact_patient" (with what sets the
    beat against the patient's own rhythm and usual beat instead; needs data.patient), "patient" (the same inputs, for
    patients never seen), "acharya", or "plain"."""

    name: Literal["compact", "compact_patient", "acharya", "patient", "plain"] = "compact"


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
class Stage:
    """One pruning stage. It has one goal, a share of what the dense model has:

    sparsity: share of zero weights in the prunable layers at its end.
    fewer_macs: share of multiply-accumulates that are spared.
    fewer_instructions: share of instructions spared on the core of the first board, as the cost model predicts them.

    granularity: "channel" for stages that take whole channels out before those of prune.granularity, whose sparsity
        then is the share of zeros in what the channels leave.
    epochs, learning_rate: of the stage, its ramp and recovery together.
    floor: validation macro-F1 below which the stage has failed; 0 accepts anything.
    """

    sparsity: Sparsity | None = None
    fewer_macs: Sparsity | None = None
    fewer_instructions: Sparsity | None = None
    granularity: Literal["channel"] | None = None
    epochs: Count = 3
    learning_rate: Positive = 0.001
    floor: Score = 0.0

    @model_validator(mode="after")
    def _one_goal(self) -> Stage:
        given = [name for name in GOALS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a stage has one goal, {' or '.join(GOALS)}; this one has {' and '.join(given) or 'none'}"
            )
        return self

    @property
    def goal(self) -> str:
        """Which of GOALS the stage has."""
        return next(name for name in GOALS if getattr(self, name) is not None)

    @property
    def target(self) -> float:
        """The goal's value."""
        return float(getattr(self, self.goal))


def _default_stages() -> tuple[Stage, ...]:
    return tuple(Stage(sparsity=s) for s in (0.3, 0.5, 0.6))


@dataclass(frozen=True, config=_STRICT)
class PruneConfig:
    """The list of stages, and how they remove weights.

    granularity: "weight" (unstructured), "block" (1x4: four neighbours along an output channel's receptive field)
        or "channel" (whole filters, taken out of the graph; its stages' goal is fewer_macs or fewer_instructions).
    allocation: how a stage's goal is shared among the layers. "uniform": every layer alike. "sensitivity": so that the
        loss rises least, as measured layer by layer, for as many weights. "cost": for as many instructions. Stages with
        a granularity of their own are uniform.
    distillation: share of the loss that is the distance to the dense model's probabilities; 0 turns it off.
    temperature: that both models' logits are divided by for it.
    rewind: a stage starts at its learning rate and anneals it; else it goes on at the last rate of its schedule.
    stop_within: a stage ends early once validation macro-F1 is within this of the dense model's; left out: never.
    one_shot: also prune in one step to the last stage's goal at the same total number of epochs, to compare.
    on_floor: a stage under its floor makes the run "stop" with an error, or "fallback" to the stage before it.
    """

    granularity: Literal["weight", "block", "channel"] = "weight"
    allocation: Literal["uniform", "sensitivity", "cost"] = "uniform"
    distillation: Score = 0.0
    temperature: Positive = 2.0
    rewind: bool = True
    stop_within: Score | None = None
    one_shot: bool = True
    on_floor: Literal["stop", "fallback"] = "fallback"
    stages: tuple[Stage, ...] = field(default_factory=_default_stages)

    @model_validator(mode="after")
    def _rising(self) -> PruneConfig:
        if not self.stages:
            raise ValueError("stages must hold at least one stage")
        own = [s.granularity is not None for s in self.stages]
        if all(own):
            raise ValueError('all stages have granularity = "channel"; set it once, under [prune]')
        if own != sorted(own, reverse=True):
            raise ValueError('stages with granularity = "channel" must come before the others')
        if any(own) and (self.one_shot or self.stages[-1].goal != "sparsity"):
            raise ValueError('after stages with granularity = "channel" the others take sparsity, and one_shot = false')
        count = self.channel_stages
        for granularity, stages in (("channel", self.stages[:count]), (self.granularity, self.stages[count:])):
            self._check_goals(granularity, stages)
        return self

    @staticmethod
    def _check_goals(granularity: str, stages: tuple[Stage, ...]) -> None:
        if not stages:
            return
        goals = sorted({s.goal for s in stages})
        if len(goals) > 1:
            raise ValueError(f"all stages must have the same goal, and they have {' and '.join(goals)}")
        if granularity == "channel" and goals == ["sparsity"]:
            raise ValueError("granularity channel removes weights for good; its stages take fewer_macs or "
                             "fewer_instructions instead of sparsity")  # fmt: skip
        targets = [s.target for s in stages]
        if any(b <= a for a, b in itertools.pairwise(targets)):
            raise ValueError(f"the stages' {goals[0]} must rise from stage to stage, and it is {targets}")

    @property
    def channel_stages(self) -> int:
        """How many stages take channels out before those of `granularity`."""
        return sum(stage.granularity is not None for stage in self.stages)

    def granularity_of(self, index: int) -> Literal["weight", "block", "channel"]:
        """What stage `index` (from 0) prunes by."""
        return self.stages[index].granularity or self.granularity

    def only(self, granularity: Literal["weight", "block", "channel"]) -> PruneConfig:
        """The same settings with those stages alone that prune by `granularity`; channels before others go alike."""
        count = self.channel_stages
        if not count:
            return self
        if granularity != "channel":
            return replace(self, stages=self.stages[count:])
        first = tuple(replace(stage, granularity=None) for stage in self.stages[:count])
        return replace(self, granularity="channel", allocation="uniform", stages=first)

    @property
    def needs_tables(self) -> bool:
        """Whether layers are measured to find how much of each is pruned; else every one gets the goal itself."""
        return self.granularity != "channel" and (
            self.allocation != "uniform" or self.stages[-1].goal == "fewer_instructions"
        )


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
class ExportConfig:
    """What is generated.

    name: C prefix of the generated model, and its file name.
    runtime: "native" (ecgprune's kernels) or "tflm" (the .tflite as an array, for the user's own TFLM).
    sparse: "auto" takes the sparse form of a layer where it is estimated to be the faster one;
        "never" and "always" are for measurements.
    optimize: what the code spares first: "speed" (instructions), "ram" or "flash". The other two break ties.
    Code is chosen for the core of the first board of the list, and is right on every core.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "ecg"
    runtime: Literal["native", "tflm"] = "native"
    sparse: Literal["auto", "never", "always"] = "auto"
    optimize: Literal["speed", "ram", "flash"] = "speed"


@dataclass(frozen=True, config=_STRICT)
class FirmwareConfig:
    """Boards to build for and run on; names of folders in firmware/boards."""

    boards: Annotated[tuple[str, ...], Field(min_length=1)] = ("mps2_an386",)


@dataclass(frozen=True, config=_STRICT)
class VerifyConfig:
    """Test beats that every runtime must answer alike, on the host and on each board."""

    host_beats: Count = 1000
    board_beats: Count = 100


@dataclass(frozen=True, config=_STRICT)
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
