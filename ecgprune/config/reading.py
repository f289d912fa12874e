"""From TOML to a checked Config, and one clear line where it is not one."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ecgprune.config.budget import BoardBudget, BudgetConfig
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

__all__ = ["check", "described", "load", "parse", "shipped"]

_LARGEST = 1 << 20  # bytes
_MOST = 2**31 - 1  # TensorFlow computes with what it is given, and stops at more than 64 bits of it
_FILTER = "the filter is the same for every model, see the guide's page on data; remove the line"
_REMOVED: dict[str, tuple[object, str]] = {
    "data.simulated": (0, "simulated rhythms are gone, for they were tuned on a test record; remove the line"),
    "data.band_low_hz": (None, _FILTER),
    "data.band_high_hz": (None, _FILTER),
}
"""Keys of older versions: the value, if any, that changes nothing, and what to do about another."""
_NO_TEXT = "a config is TOML in UTF-8; save it as that"


def shipped() -> list[str]:
    """Names of the configs that ship in the package, sorted."""
    return sorted(p.name.removesuffix(".toml") for p in _presets().iterdir() if p.name.endswith(".toml"))


def described(name: str) -> str:
    """What the first line of a shipped config, a comment, says of it."""
    first = (_presets() / f"{name}.toml").read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("#").strip()


def load(source: str) -> Config:
    """The config at path `source`, or the shipped one of that name.

    Args:
        source: A path, or the name of a shipped config, which goes first.

    Raises:
        ConfigError: No such config, not UTF-8, not TOML, an unknown key, a value of the wrong type or out of range.
    """
    path = Path(source)
    if source in shipped():
        data = (_presets() / f"{source}.toml").read_bytes()
    elif path.is_file():
        if path.stat().st_size > _LARGEST:
            raise ConfigError(f"{source} has {path.stat().st_size} bytes; a config has at most {_LARGEST}")
        data = path.read_bytes()
    else:
        what = "it is a folder" if path.is_dir() else "it is neither a file nor a shipped config"
        raise ConfigError(f"no config '{source}': {what}; shipped are {', '.join(shipped())}")
    return parse(_text(data, source), source)


def parse(text: str, source: str) -> Config:
    """The config that TOML `text` holds.

    Args:
        text: TOML.
        source: Names it in messages.

    Raises:
        ConfigError: As of `load`.
    """
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib lets more escape than its TOMLDecodeError
        raise ConfigError(f"{source} is not TOML: {error}") from error
    return check(values, source)


def check(values: dict[str, Any], source: str) -> Config:
    """The config with these values, as TOML gives them.

    Args:
        values: Nested tables; what is left out has its default.
        source: Names them in messages.

    Raises:
        ConfigError: An unknown key, a value of the wrong type or out of range.
    """
    for where, number in _integers(values):
        if abs(number) > _MOST:
            raise ConfigError(f"{source}: {where} is {number}, expected a number of at most {_MOST}")
    try:
        return TypeAdapter(Config).validate_python(_without_removed(values))
    except ValidationError as error:
        raise ConfigError(f"{source}: {_describe(error)}") from error


def _integers(values: Any, where: str = "") -> Iterator[tuple[str, int]]:
    """Every integer of nested tables and lists, with its key."""
    if isinstance(values, int):
        yield where, values
    elif isinstance(values, dict | list):
        for key, value in values.items() if isinstance(values, dict) else enumerate(values, 1):
            yield from _integers(value, f"{where}.{key}".removeprefix("."))


def _without_removed(values: dict[str, Any]) -> dict[str, Any]:
    """`values` without those of keys of _REMOVED that change nothing."""
    same = {(*key.split("."), value) for key, (value, _) in _REMOVED.items()}
    return {
        table: {k: v for k, v in keys.items() if not isinstance(v, int) or (table, k, v) not in same}
        if isinstance(keys, dict)
        else keys
        for table, keys in values.items()
    }


def _presets() -> Traversable:
    return resources.files("ecgprune.config") / "presets"


def _text(data: bytes, source: str) -> str:
    """`data` as text, without the mark that some editors put before UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{source} is not UTF-8: line {line} has the byte 0x{data[error.start]:02x}; {_NO_TEXT}"
        ) from error


def _describe(error: ValidationError) -> str:
    """The first thing wrong, in one line."""
    first = error.errors()[0]
    found, location = first["input"], first["loc"]
    where = ".".join(f"{p + 1}" if isinstance(p, int) else p for p in location)
    if where in _REMOVED:
        return f"{where} is no longer a key: {_REMOVED[where][1]}"
    if first["type"] == "unexpected_keyword_argument":
        known = _known_keys(location[:-1])
        near = difflib.get_close_matches(str(location[-1]), known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known here are {', '.join(known)}"
        return f"unknown key '{where}'; {hint}"
    if first["type"] == "missing":
        return f"{where} is missing"
    if first["type"] in ("dataclass_type", "dict_type"):
        return f"{where} is {found!r}, expected a table"
    if first["type"] == "tuple_type":
        return f"{where} is {found!r}, expected a list" + (", as [[prune.stages]]" if where == "prune.stages" else "")
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
        "firmware": FirmwareConfig, "verify": VerifyConfig, "budget": BudgetConfig,
    }  # fmt: skip
    names = [p for p in location if isinstance(p, str)]
    if names[:2] == ["budget", "boards"]:
        return [f.name for f in fields(BoardBudget)]
    return [f.name for f in fields(tables[names[-1]] if names else Config)]
