"""Errors a user can cause and mend, and the code that a command exits with.

Each message is one line that says what was found, what was expected, and what to do. The command line prints it
and exits with `exit_code` (cli/failures.py); anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import ClassVar


class ExitCode(IntEnum):
    """What a command exits with. A signal that ends it gives 128 + its number instead: 130 after Ctrl-C."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    INPUT = 3
    TOOL_MISSING = 4
    VERIFICATION = 5
    DOES_NOT_FIT = 6
    BUDGET = 7
    FIRMWARE = 8
    MACHINE = 9

    @property
    def meaning(self) -> str:
        """In a sentence, for the reference."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "All is well.",
    ExitCode.INTERNAL: "A bug in ecgprune; a traceback tells where. Please report it.",
    ExitCode.USAGE: "The command line is not usable: an unknown option, a value out of range, options that exclude "
    "each other.",
    ExitCode.INPUT: "A config, a model, records or a file cannot be taken, or cannot reach what is asked for.",
    ExitCode.TOOL_MISSING: "A program or a Python package that this step needs is not installed, or is left out.",
    ExitCode.VERIFICATION: "Verification failed: a byte differs from TensorFlow Lite Micro's, or pruned weights came "
    "back.",
    ExitCode.DOES_NOT_FIT: "The image or its stack does not fit the board's memory.",
    ExitCode.BUDGET: "A limit that you set is broken: a budget, `compare --fail-over`, the floor of a pruning stage.",
    ExitCode.FIRMWARE: "Firmware does not build for another reason than its size, or the board does not run it: the "
    "compiler's error, a fault, no answer.",
    ExitCode.MACHINE: "This machine does not let it: no permission, no space, no memory, a folder in use, a closed "
    "pipe.",
}


class EcgpruneError(Exception):
    """Base of every error that ecgprune raises on purpose; what is raised is one of the classes below."""

    exit_code: ClassVar[ExitCode]


class InputError(EcgpruneError):
    """Something that the user gave cannot be taken, or cannot reach what is asked for."""

    exit_code = ExitCode.INPUT


class ConfigError(InputError):
    """A config file or an option is not usable."""


class ArtifactError(InputError):
    """A run folder, or a file in it, is missing, damaged, or belongs to another config."""


class DataError(InputError):
    """ECG records are missing, damaged, or do not hold what the config asks for."""


class TrainingError(InputError):
    """A model cannot be built or trained."""


class PruningError(InputError):
    """A pruning stage cannot reach its target, or its options are not usable."""


class QuantizationError(InputError):
    """A model cannot be quantized to pure int8."""


class ModelError(InputError):
    """A user's own Keras model cannot be taken: it is damaged, holds code, or a layer that is not supported."""


class GraphError(InputError):
    """A .tflite file cannot be read."""


class UnsupportedOperatorError(GraphError):
    """A model holds an operator, or a form of one, that ecgprune does not generate code for."""


class RefusedModelError(InputError):
    """TensorFlow Lite Micro, or the TFLite interpreter, refuses a model, or crashes on it."""


class CodegenError(InputError):
    """A graph cannot be turned into C that gives TensorFlow Lite Micro's bits."""


class BoardError(InputError):
    """A board is unknown, its data are not usable, or it cannot do what is asked of it."""


class ToolMissingError(EcgpruneError):
    """A program or a package that this step needs is not installed."""

    exit_code = ExitCode.TOOL_MISSING


class VerificationError(EcgpruneError):
    """Two runtimes disagree."""

    exit_code = ExitCode.VERIFICATION


class LostZerosError(VerificationError):
    """A weight that was pruned is not zero any more."""


class FirmwareError(EcgpruneError):
    """Firmware does not build, or the board does not run it or does not answer."""

    exit_code = ExitCode.FIRMWARE


class DoesNotFitError(FirmwareError):
    """An image, or its stack, does not fit the board's memory."""

    exit_code = ExitCode.DOES_NOT_FIT


class BudgetError(EcgpruneError):
    """A limit that the user set is broken."""

    exit_code = ExitCode.BUDGET


class FloorError(BudgetError):
    """A pruning stage stays under its floor."""


class MachineError(EcgpruneError):
    """This machine does not let it: no permission, no space, a folder in use."""

    exit_code = ExitCode.MACHINE


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
