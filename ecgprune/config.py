"""Configs: TOML files checked into frozen dataclasses. The only home of defaults.

A config is found by path or, without a suffix, by the name of one that ships in `configs/`.
"""

from __future__ import annotations

import difflib
import itertools
import tomllib
from dataclasses import asdict, field, fields
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from ecgprune.errors import ConfigError

__all__ = [
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
    "load",
    "shipped",
]

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)

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
        return self


@dataclass(frozen=True, config=_STRICT)
class ModelConfig:
    """Which network of the zoo: "compact" (with RR features beside the beat), "acharya" or "plain"."""

    name: Literal["compact", "acharya", "plain"] = "compact"


@dataclass(frozen=True, config=_STRICT)
class TrainConfig:
    """Training of the dense model.

    patience: epochs without a better validation macro-F1 before training stops early.
    class_weight_power: a class weighs (largest class / its size) ** power; 0 turns weighting off.
    noise_std, shift_samples, gain_spread: augmentation, in units of the normalized input, in samples,
        and as the largest relative change of amplitude; 0 turns each off.
    """

    epochs: Count = 30
    batch_size: Count = 256
    learning_rate: Positive = 0.002
    patience: Count = 8
    class_weight_power: NotNegative = 0.25
    noise_std: NotNegative = 0.03
    shift_samples: Annotated[int, Field(ge=0)] = 2
    gain_spread: Score = 0.1


@dataclass(frozen=True, config=_STRICT)
class Stage:
    """One pruning stage.

    sparsity: share of zero weights in the prunable layers at its end.
    epochs, learning_rate: of the stage, its ramp and recovery together.
    floor: validation macro-F1 below which the stage has failed; 0 accepts anything.
    """

    sparsity: Sparsity
    epochs: Count = 3
    learning_rate: Positive = 0.001
    floor: Score = 0.0


def _default_stages() -> tuple[Stage, ...]:
    return tuple(Stage(sparsity=s) for s in (0.3, 0.5, 0.6))


@dataclass(frozen=True, config=_STRICT)
class PruneConfig:
    """The list of stages, and how they remove weights.

    granularity: "weight"; "block" and "channel" are known to the interface and not built yet.
    one_shot: also prune in one step to the last stage's sparsity at the same total number of epochs, to compare.
    on_floor: a stage under its floor makes the run "stop" with an error, or "fallback" to the stage before it.
    """

    granularity: Literal["weight", "block", "channel"] = "weight"
    one_shot: bool = True
    on_floor: Literal["stop", "fallback"] = "fallback"
    stages: tuple[Stage, ...] = field(default_factory=_default_stages)

    @model_validator(mode="after")
    def _rising(self) -> PruneConfig:
        targets = [s.sparsity for s in self.stages]
        if not targets:
            raise ValueError("stages must hold at least one stage")
        if any(b <= a for a, b in itertools.pairwise(targets)):
            raise ValueError(f"the stages' sparsity must rise from stage to stage, and it is {targets}")
        return self


@dataclass(frozen=True, config=_STRICT)
class QuantizeConfig:
    """Post-training quantization: number of training beats that calibrate the activations' ranges."""

    calibration_beats: Count = 500


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

    def as_dict(self) -> dict[str, Any]:
        """Plain nested values, defaults filled in."""
        return asdict(self)


def shipped() -> list[str]:
    """Names of the configs that ship in the package."""
    folder = resources.files("ecgprune") / "configs"
    return sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml"))


def load(source: str) -> Config:
    """The config at path `source`, or the shipped one of that name.

    Raises ConfigError: no such config, not TOML, an unknown key, a value of the wrong type or out of range.
    """
    path = Path(source)
    if source in shipped():
        text = (resources.files("ecgprune") / "configs" / f"{source}.toml").read_text()
    elif path.is_file():
        text = path.read_text()
    else:
        raise ConfigError(
            f"no config '{source}': it is neither a file nor a shipped config; shipped are {', '.join(shipped())}"
        )
    return parse(text, source)


def parse(text: str, source: str) -> Config:
    """The config that TOML `text` holds; `source` names it in messages. Raises ConfigError as `load`."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is not TOML: {error}") from error
    try:
        return TypeAdapter(Config).validate_python(values)
    except ValidationError as error:
        raise ConfigError(f"{source}: {_describe(error)}") from error


def _describe(error: ValidationError) -> str:
    """The first thing wrong, in one line."""
    first = error.errors()[0]
    found, location = first["input"], first["loc"]
    where = ".".join(f"{p + 1}" if isinstance(p, int) else p for p in location)
    if first["type"] == "unexpected_keyword_argument":
        known = _known_keys(location[:-1])
        near = difflib.get_close_matches(str(location[-1]), known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known here are {', '.join(known)}"
        return f"unknown key '{where}'; {hint}"
    if first["type"] == "missing":
        return f"{where} is missing"
    if first["type"] == "value_error":  # from a check across keys: it names them itself
        return f"{where}: {first['msg'].removeprefix('Value error, ')}"
    if location[-1] == "sparsity" and first["type"] in ("greater_than_equal", "less_than"):
        return f"{where} is {found!r}, expected at least 0 and less than 1"
    return f"{where} is {found!r}: {first['msg'][0].lower()}{first['msg'][1:]}"


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Keys that the table at `location` may hold."""
    tables: dict[str, type] = {
        "data": DataConfig, "synthetic": SyntheticConfig, "model": ModelConfig, "train": TrainConfig,
        "prune": PruneConfig, "stages": Stage, "quantize": QuantizeConfig, "export": ExportConfig,
        "firmware": FirmwareConfig, "verify": VerifyConfig,
    }  # fmt: skip
    names = [p for p in location if isinstance(p, str)]
    return [f.name for f in fields(tables[names[-1]] if names else Config)]
