"""Errors a user can cause and mend.

Each message is one line that says what was found, what was expected, and what to do. The command line prints it
and exits with `exit_code` (cli/failures.py); anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class EcgpruneError(Exception):
    """Base of every error that ecgprune raises on purpose."""

    exit_code = 1


class ConfigError(EcgpruneError):
    """A config file or an option is not usable."""


class ArtifactError(EcgpruneError):
    """A run folder, or a file in it, is missing, damaged, or belongs to another config."""


class DataError(EcgpruneError):
    """ECG records are missing, damaged, or do not hold what the config asks for."""


class TrainingError(EcgpruneError):
    """A model cannot be built or trained."""


class PruningError(EcgpruneError):
    """A pruning stage cannot reach its target, or lost the sparsity it inherited."""


class QuantizationError(EcgpruneError):
    """A model cannot be quantized to pure int8, or quantization lost its zeros."""


class ModelError(EcgpruneError):
    """A user's own Keras model cannot be taken: it is damaged, holds code, or a layer that is not supported."""


class GraphError(EcgpruneError):
    """A .tflite file cannot be read."""


class UnsupportedOperatorError(GraphError):
    """A model holds an operator, or a form of one, that ecgprune does not generate code for."""


class CodegenError(EcgpruneError):
    """A graph cannot be turned into C that gives TensorFlow Lite Micro's bits."""


class ToolMissingError(EcgpruneError):
    """A program that this step needs is not installed."""


class FirmwareError(EcgpruneError):
    """Firmware does not build, does not fit its board, or does not run."""


class VerificationError(EcgpruneError):
    """Two runtimes disagree."""


@contextmanager
def reading(path: str | Path, kind: type[EcgpruneError] = ArtifactError, expected: str = "") -> Iterator[None]:
    """Around the reading of a file: an OSError becomes one line.

    Args:
        path: of the file, as the user knows it.
        kind: what to raise.
        expected: what should be there, "a .tflite"; "" for nothing to say.

    Raises:
        EcgpruneError: of that kind: the file cannot be read, and why.
    """
    try:
        yield
    except OSError as error:
        more = f"; expected {expected}" if expected else ""
        raise kind(f"{path} cannot be read: {error.strerror or error}{more}") from error
