"""A user's own float model, Keras file or SavedModel, as an int8 .tflite beside what it was made of."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import ecgprune
from ecgprune.artifacts import (
    Progress,
    no_progress,
    read_json,
    replacing,
    sha256_file,
    sha256_tree,
    write_json,
)
from ecgprune.errors import ArtifactError
from ecgprune.pipeline import converting
from ecgprune.pipeline.source_files import hash_of

__all__ = ["ABOUT", "TFLITE", "to_int8"]

TFLITE, ABOUT = "model.tflite", "model.json"
_CODE = ("training", "importers", "graph")


def to_int8(model: Path, representative: Path, out: Path, progress: Progress = no_progress) -> dict[str, Any]:
    """Quantizes a float model after training: int8 inputs and outputs, batch size 1.

    Writes out/model.tflite and out/model.json. Both are kept where they were made of the same files by the same code.

    Args:
        model: A Keras file or the folder of a SavedModel.
        representative: The inputs that ranges are measured on, see `importers.representative`.
        out: The folder.
        progress: Called as work goes on.

    Returns:
        model.json: {"schema_version", "source": {"name", "sha256"}, "representative": {"name", "sha256"}, "samples"
        (used), "samples_found", "output_error" and "mended" (as `outcome.Quantized`), "code_sha256", "versions",
        "tflite_sha256"}.

    Raises:
        ModelError: The model or the representative inputs are not usable.
        QuantizationError: The model cannot be converted to int8.
    """
    made_of = {
        "source": {"name": model.name, "sha256": sha256_tree(model)},
        "representative": {"name": representative.name, "sha256": sha256_file(representative)},
        "code_sha256": hash_of(_CODE),
        "versions": {name: version(name) for name in ("tensorflow", "tf-keras")} | {"ecgprune": ecgprune.__version__},
    }
    kept = _kept(out, made_of)
    if kept is not None:
        return kept
    with replacing(out / TFLITE) as new:
        made = converting.convert(model, representative, new, progress)
    about = {"samples": made["used"], "samples_found": made["found"], "output_error": made["output_error"],
             "mended": made["mended"], "tflite_sha256": sha256_file(out / TFLITE)}  # fmt: skip
    write_json(out / ABOUT, made_of | about)
    return read_json(out / ABOUT)


def _kept(out: Path, made_of: dict[str, Any]) -> dict[str, Any] | None:
    """model.json of an earlier call with the same files, whose model.tflite is whole."""
    if not (out / ABOUT).is_file() or not (out / TFLITE).is_file():
        return None
    try:
        about = read_json(out / ABOUT)
    except ArtifactError:
        return None
    same = {key: about.get(key) for key in made_of} == made_of
    return about if same and about.get("tflite_sha256") == sha256_file(out / TFLITE) else None
