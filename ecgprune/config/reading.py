"""From TOML to a checked Config, and one clear line where it is not one."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import fields
from importlib import resources
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ecgprune.config.pruning import GOALS, PruneConfig, Stage
from ecgprune.config.schema import (
    Config,
    DataConfig,
    ExportConfig,
    FirmwareConfig,
    ModelConfig,
    QuantizeConfig,
    SyntheticConfig,
    TrainConfig,
    VerifyConfig,
)
from ecgprune.errors import ConfigError

__all__ = ["load", "parse", "shipped"]


def shipped() -> list[str]:
    """Names of the configs that ship in the package."""
    folder = resources.files("ecgprune.config") / "presets"
    return sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml"))


def load(source: str) -> Config:
    """The config at path `source`, or the shipped one of that name.

    Raises ConfigError: no such config, not TOML, an unknown key, a value of the wrong type or out of range.
    """
    path = Path(source)
    if source in shipped():
        text = (resources.files("ecgprune.config") / "presets" / f"{source}.toml").read_text()
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
    if location[-1] in GOALS and first["type"] in ("greater_than_equal", "less_than"):
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
