"""Results of any kind that ecgprune writes, read alike: a run folder, report.json, verify.json, the JSON of bench."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecgprune.errors import ArtifactError, reading

__all__ = ["FIGURES", "LAYER_FIGURES", "Result", "read"]

FIGURES = ("cycles_estimate", "instructions", "flash_bytes", "ram_bytes", "arena_bytes", "stack_bytes",
           "stack_worst_bytes")  # fmt: skip
"""Of an image; less is better."""

LAYER_FIGURES = ("cycles_estimate", "instructions", "instructions_estimate", "weight_bytes")
"""Of a layer; less is better."""

_SCHEMA = 1
_EXPECTED = "a run folder, report.json, verify.json, or the JSON of `ecgprune bench`"


@dataclass(frozen=True)
class Result:
    """What can be compared of one.

    Attributes:
        source: as the user names it.
        kind: "run", "report", "verify" or "bench".
        sha256: of the .tflite; "" where it does not say.
        vectors: where the inputs come from, in words.
        scores: "accuracy" and "macro_f1" of the int8 model, and "F1 of CLASS"; empty where nothing was scored.
        rows: {board, and what else tells images apart: {figure: value, or None}}, "bit_exact" among them.
        layers: {the same: {layer: {figure: value, "kernel": C function}}}.
    """

    source: str
    kind: str
    sha256: str
    vectors: str
    scores: dict[str, float]
    rows: dict[str, dict[str, Any]]
    layers: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)


def read(source: Path) -> Result:
    """Reads one.

    Raises:
        ArtifactError: it is none of these, is damaged, or has another schema_version.
    """
    folder = source.is_dir()
    names = [name for name in ("report.json", "verify.json") if (source / name).is_file()] if folder else [""]
    if not names:
        raise ArtifactError(f"no report.json and no verify.json in {source}; expected {_EXPECTED}")
    value = _json(source / names[0] if folder else source)
    version = value.get("schema_version")
    if version != _SCHEMA:
        raise ArtifactError(f"{source} has schema_version {version}, this ecgprune compares version {_SCHEMA}")
    try:
        if "accuracy" in value and "firmware" in value:
            stacks = _json(source / "verify.json")["firmware"] if folder and len(names) == 2 else []
            return _report(str(source), "run" if folder else "report", value, stacks)
        if "runtimes" in value and "firmware" in value:
            about = value["oracle"].get("source", "")
            return _made(str(source), "verify", value["model"]["sha256"], about, {}, value["firmware"])
        if isinstance(value.get("rows"), list) and value["rows"] and "board" in value["rows"][0]:
            return _bench(str(source), value)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ArtifactError(f"{source} is damaged: {error!r} in it is not as expected; make it again") from error
    raise ArtifactError(f"{source} is no result of ecgprune that can be compared; expected {_EXPECTED}")


def _json(file: Path) -> dict[str, Any]:
    """The object in a file, which may be the user's: it is not called damaged."""
    try:
        with reading(file, expected=_EXPECTED):
            found = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ArtifactError(f"{file} holds no JSON object; expected {_EXPECTED}")
    return found


def _report(source: str, kind: str, value: Mapping[str, Any], stacks: Sequence[Mapping[str, Any]]) -> Result:
    int8 = value["accuracy"]["int8"]
    scores = {"accuracy": int8["accuracy"], "macro-F1": int8["macro_f1"]}
    scores |= {f"F1 of {name}": own["f1"] for name, own in int8["per_class"].items() if own.get("f1") is not None}
    worst = {row["board"]: row.get("stack_worst_bytes") for row in stacks}
    names = {layer["op"]: layer["name"] for layer in value["layers"]}
    rows = [
        {
            **row,
            "stack_worst_bytes": worst.get(row["board"]),
            "layers": [{**layer, "name": names.get(layer["op"], f"operator {layer['op']}")} for layer in row["layers"]],
        }
        for row in value["firmware"]
    ]
    return _made(source, kind, value["model"]["sha256"], "test beats", scores, rows)


def _bench(source: str, value: Mapping[str, Any]) -> Result:
    rows = value["rows"]
    sources = {row.get("vectors_source") or value.get("vectors_source", "") for row in rows}
    sums = {row["model_sha256"] for row in rows}
    return _made(source, "bench", sums.pop() if len(sums) == 1 else "", " and ".join(sorted(sources)), {}, rows)


def _made(
    source: str, kind: str, sha256: str, vectors: str, scores: dict[str, float], rows: Sequence[Mapping[str, Any]]
) -> Result:
    named = dict(zip(_keys(rows), rows, strict=True))
    return Result(
        source=source,
        kind=kind,
        sha256=sha256,
        vectors=vectors,
        scores=scores,
        rows={key: {name: row.get(name) for name in (*FIGURES, "bit_exact")} for key, row in named.items()},
        layers={key: _layers(row) for key, row in named.items()},
    )


def _layers(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """{layer: its figures and kernel} of a row, which may have none."""
    kept = (*LAYER_FIGURES, "kernel")
    return {layer["name"]: {name: layer.get(name) for name in kept} for layer in row.get("layers", [])}


def _keys(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A name for each row: the board, and what tells rows of one board apart."""
    keys = [str(row["board"]) for row in rows]
    for more in ("runtime", "optimize", "sparse", "model", "pattern"):
        if max(Counter(keys).values(), default=0) <= 1:
            break
        if len({row.get(more) for row in rows}) > 1:
            keys = [f"{key}, {row.get(more)}" for key, row in zip(keys, rows, strict=True)]
    if len(set(keys)) < len(keys):
        raise ArtifactError("two rows are of the same board, runtime and model; a comparison needs them once")
    return keys
