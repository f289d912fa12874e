"""What a config holds, as frozen dataclasses. With pruning.py and train.py this is the only place of defaults.

The reference of the configuration is generated from the "Attributes:" of the docstrings, and from types and defaults.
"""

from __future__ import annotations

from dataclasses import asdict, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic.dataclasses import dataclass

from ecgprune.config.budget import BudgetConfig
from ecgprune.config.pruning import PruneConfig
from ecgprune.config.train import TrainConfig
from ecgprune.config.values import STRICT, BeatTable, Count, NotNegative, Positive, Share, usable_name

__all__ = [
    "BudgetConfig",
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
    """The synthetic database: one record per patient.

    Attributes:
        patients: number of patients.
        minutes: length of each record, in minutes.
    """

    patients: Annotated[int, Field(ge=4, le=10_000)] = 16
    minutes: Annotated[float, Field(gt=0, le=1440)] = 5.0


@dataclass(frozen=True, config=STRICT)
class DataConfig:
    """Which ECG records are read, and how beats are cut from them.

    Attributes:
        database: "synthetic" is generated. "mitdb", "svdb", "incartdb" are read from the folder given with --data, or
            from the cache that `ecgprune data fetch` fills. "wfdb" is any folder of WFDB records. "mixed" is mitdb and
            svdb: --data takes the folder that holds both. It needs split "inter": MIT-BIH's DS1 and 39 records of svdb
            train and validate, DS2 tests.
        annotator: suffix of the annotation files. "" is the database's own, which is atr.
        beats: the codes of each AAMI class, such as { N = ["N", "L"], V = ["V"] }. {} is the standard's table. Beats of
            other codes count for RR intervals alone.
        lead: name of the signal to use. "" is the database's own: MLII of mitdb, ECG1 of svdb, II of incartdb, else the
            first signal of each record.
        lead_missing: what becomes of a record without it: "first" takes its first signal, "leave-out" leaves it out.
        same_patient: groups of records of one person, in database "wfdb". Any other record is a person by itself.
        sample_rate_hz: sampling rate of the filtered signal, in Hz. The filter is the same for all (see ecg/filter.py).
        window: length of a beat, in samples at sample_rate_hz.
        window_before: samples of the window before the R peak; less than window.
        split: "intra" divides the beats at random, by class, so that patients train and test. "time" divides each
            record in the order of time: its last part tests; no sample is in two parts. "inter" divides the
            patients; on mitdb these are de Chazal's DS1 and DS2, without paced records.
        paced: use the records of patients with a pacemaker, which ANSI/AAMI EC57 leaves out: 102, 104, 107 and 217 of
            mitdb. With split "inter" they are left out always.
        test_fraction: share that tests: of all beats, of each record's time, or of the patients. With split "inter" on
            mitdb and mixed the patients of DS2 test, and this has no effect.
        validation_fraction: share of the remaining beats, time or patients that validates.
        validation: with split "inter", "patient" lets whole patients validate, and "beat" lets beats of the training
            patients validate. With split "intra" beats validate, with split "time" the end of what does not test.
        folds: for cross-validation with split "inter": number of groups that the patients who do not test are dealt
            into. One of them validates, whatever data.validation says. 0 turns it off.
        fold: the group that validates, from 1.
        fold_seed: draws the groups; the seed of the run has no part in it.
        patient: compute the inputs of the models "compact_patient" and "patient" too (see ecg/patient.py). Needs
            sample_rate_hz = 180.
        context: compute the input that the model "context" takes beside those (see ecg/context.py). Needs patient.
    """

    database: Literal["synthetic", "mitdb", "svdb", "incartdb", "wfdb", "mixed"] = "synthetic"
    annotator: Annotated[str, Field(pattern=r"^[-\w]*$")] = ""
    beats: BeatTable = field(default_factory=dict)
    lead: str = ""
    lead_missing: Literal["first", "leave-out"] = "first"
    same_patient: tuple[tuple[str, ...], ...] = ()
    sample_rate_hz: Annotated[int, Field(ge=128, le=380)] = 180
    window: Annotated[int, Field(ge=16, le=4096)] = 180
    window_before: Annotated[int, Field(ge=0)] = 72
    split: Literal["intra", "time", "inter"] = "intra"
    paced: bool = True
    test_fraction: Share = 0.2
    validation_fraction: Share = 0.1
    validation: Literal["patient", "beat"] = "patient"
    folds: Annotated[int, Field(ge=0, le=100)] = 0
    fold: Annotated[int, Field(ge=1)] = 1
    fold_seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    patient: bool = False
    context: bool = False
    synthetic: SyntheticConfig = field(default_factory=SyntheticConfig)

    @model_validator(mode="after")
    def _consistent(self) -> DataConfig:
        if self.database == "mixed" and self.split != "inter":
            raise ValueError(f"database 'mixed' goes with split 'inter', and split is '{self.split}'")
        if self.folds and (self.split != "inter" or not self.fold <= self.folds or self.folds < 2):
            raise ValueError(
                f"folds {self.folds} and fold {self.fold} with split '{self.split}': cross-validation needs split "
                "'inter', at least 2 folds, and a fold from 1 to folds"
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
        if self.context and not self.patient:
            raise ValueError("data.context needs data.patient = true")
        return self


@dataclass(frozen=True, config=STRICT)
class ModelConfig:
    """The network.

    Attributes:
        name: "compact" takes the beat and four features of RR intervals. "compact_patient" takes the beat and features
            that compare it with the patient's own rhythm and template beat; it needs data.patient = true. "patient"
            takes the same inputs and is meant for patients who are not in the training data. "context" is meant for
            the same, and takes features that compare a beat with those before it too; it needs data.context = true.
            "acharya" and "plain" take the beat alone.
    """

    name: Literal["compact", "compact_patient", "acharya", "context", "patient", "plain"] = "compact"


@dataclass(frozen=True, config=STRICT)
class QuantizeConfig:
    """Quantization to int8.

    Attributes:
        method: "ptq" quantizes after training. "qat" trains on with simulated quantization first, and keeps every zero.
        calibration_beats: training beats that the ranges of activations are measured on.
        qat_epochs: epochs of quantization-aware fine-tuning.
        qat_learning_rate: first learning rate of quantization-aware fine-tuning.
    """

    method: Literal["ptq", "qat"] = "ptq"
    calibration_beats: Count = 500
    qat_epochs: Count = 4
    qat_learning_rate: Positive = 0.0002


@dataclass(frozen=True, config=STRICT)
class ExportConfig:
    """The generated code.

    Kernels are selected for each core of firmware.boards. The code gives the same bytes on every core.

    Attributes:
        name: prefix of the C names, and name of the C files: lower-case letters, digits and _.
        runtime: "native" calls ecgprune's kernels. "tflm" holds the .tflite as an array, for your own build of
            TensorFlow Lite Micro.
        sparse: "auto" selects a sparse kernel variant where it is predicted to be faster. "never" and "always" are for
            measurements.
        optimize: the objective of kernel selection: "balanced" (the least RAM and flash within 5 % of the fastest
            plan's time), "speed" (the same within 1 %), "ram" or "flash". With the last two, the others decide between
            variants that are about equal.
        compress: store pruned tensors small, for runtime "tflm". TFLM decodes them at each invocation, which takes time
            and arena.
    """

    name: Annotated[str, AfterValidator(usable_name)] = "ecg"
    runtime: Literal["native", "tflm"] = "native"
    sparse: Literal["auto", "never", "always"] = "auto"
    optimize: Literal["balanced", "speed", "ram", "flash"] = "balanced"
    compress: bool = False

    def __post_init__(self) -> None:
        if self.compress and self.runtime != "tflm":
            raise ValueError('compress goes with runtime "tflm"; the native runtime has sparse kernels instead')


@dataclass(frozen=True, config=STRICT)
class FirmwareConfig:
    """The boards.

    Attributes:
        boards: names of boards to build for and to run on, see `ecgprune boards`. The figures of the first one stand at
            the top of the report, and goals in instructions are predicted for its core.
        clock_mhz: clock of the report's times, in MHz. 0 is each board's own.
        ua_per_mhz: current of your part in microamperes for each MHz, of which the report makes the energy of a beat.
            0 is what the board's data state; where they state none, the report gives no energy.
        supply_v: voltage of that current. 0 is the board's data, or 3 V.
    """

    boards: Annotated[tuple[str, ...], Field(min_length=1)] = ("mps2_an386",)
    clock_mhz: NotNegative = 0.0
    ua_per_mhz: NotNegative = 0.0
    supply_v: NotNegative = 0.0


@dataclass(frozen=True, config=STRICT)
class VerifyConfig:
    """The test beats that every runtime has to answer with the same bytes.

    Attributes:
        host_beats: beats on the host.
        board_beats: beats on each board; the first of those on the host.
    """

    host_beats: Count = 1000
    board_beats: Count = 100


@dataclass(frozen=True, config=STRICT)
class Config:
    """One run.

    Attributes:
        name: name of the run in the report.
        seed: seeds everything that draws random numbers.
        data: records and beats.
        model: the network.
        train: training of the dense model.
        prune: pruning.
        quantize: quantization to int8.
        export: generated code.
        firmware: boards.
        verify: verification.
        budget: limits for CI.
    """

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
    budget: BudgetConfig = field(default_factory=BudgetConfig)

    @model_validator(mode="after")
    def _has_inputs(self) -> Config:
        if self.model.name in ("compact_patient", "patient") and not self.data.patient:
            raise ValueError(
                f"model '{self.model.name}' takes inputs that the dataset has with data.patient = true only"
            )
        if self.model.name == "context" and not self.data.context:
            raise ValueError("model 'context' takes inputs that the dataset has with data.context = true only")
        return self

    def as_dict(self) -> dict[str, Any]:
        """Plain nested values, defaults filled in; what is None is left out, as TOML has no such value."""
        values: dict[str, Any] = asdict(self, dict_factory=lambda pairs: {k: v for k, v in pairs if v is not None})
        if self.budget == BudgetConfig():
            del values["budget"]
        return values
