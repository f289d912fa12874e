"""A trained beat classifier for a live stream: its C for a board, and what its scores and classes are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ecgprune.board import Board
from ecgprune.config import Config
from ecgprune.errors import ModelError

if TYPE_CHECKING:
    from ecgprune.interface import Interface

__all__ = ["LiveModel", "check_stream", "find_live_model"]

Objective = Literal["balanced", "speed", "ram", "flash"]

_INPUTS = ("ecg", "rr", "patient", "context")


@dataclass(frozen=True)
class LiveModel:
    """A model that can stream.

    Attributes:
        name: as it was given.
        tflite: its file.
        config: that it was trained with.
        sha256: of the file.
        lead: that it was trained on; "": any.
        classes: names of its classes.
        scale: of its scores: probability = scale * (score - zero_point).
        zero_point: as above.
    """

    name: str
    tflite: Path
    config: Config
    sha256: str
    lead: str
    classes: tuple[str, ...]
    scale: float
    zero_point: int

    @property
    def window(self) -> int:
        """Samples of its window at 180 Hz."""
        return self.config.data.window

    def write_code(self, board: Board, folder: Path) -> None:
        """Writes its C for the board's core into a new folder."""
        from ecgprune.pipeline.board_code import write_code
        from ecgprune.pipeline.contract import contract_of

        write_code(self.tflite, self.config.export, contract_of(self.config.data), board, folder)


def find_live_model(given: str, optimize: Objective | None = None) -> LiveModel:
    """The model of that name or path.

    Args:
        given: the name of a shipped model, a run folder, a model's folder, or a .tflite with its config.toml beside it.
        optimize: the objective of kernel selection; None: its config's.

    Raises:
        ArtifactError: there is none, or its config is not known.
        ModelError: the stream cannot make its inputs.
    """
    from ecgprune.ecg.databases import registry
    from ecgprune.graph.reader import read
    from ecgprune.interface import interface
    from ecgprune.pipeline.contract import contract_of
    from ecgprune.pipeline.trained_model import find

    found = find(given)
    if found.kind != "int8":
        raise ModelError(f"{given} is a float model; firmware takes int8: give its run folder or .tflite")
    config = found.config
    if optimize is not None:
        config = replace(config, export=replace(config.export, optimize=optimize))
    data = config.data
    graph, name = read(found.path), found.config.export.name
    check_stream(given, interface(graph, name), data.sample_rate_hz)
    face = interface(graph, name, contract_of(data))
    scores = face.outputs[0]
    lead = data.lead
    if not lead and data.database in registry.names():
        lead = registry.get(data.database).lead
    labels, scale = face.contract.labels, scores.scale or 1.0
    return LiveModel(given, found.path, config, found.sha256, lead, labels, scale, scores.zero_point)


def check_stream(given: str, face: Interface, rate_hz: int | None) -> None:
    """Checks that the stream can make a model's inputs.

    Args:
        given: the model, as the user knows it.
        face: its inputs.
        rate_hz: the sampling rate that it takes ECG at.

    Raises:
        ModelError: it cannot.
    """
    from ecgprune.ecg.filter import RATE_HZ

    if rate_hz != RATE_HZ:
        raise ModelError(f"{given} takes ECG at {rate_hz} Hz; a stream gives {RATE_HZ} Hz")
    others = [port.name for port in face.inputs if port.name not in _INPUTS or port.dtype != "int8"]
    if others or "ecg" not in [port.name for port in face.inputs]:
        names = ", ".join(f"{port.name} ({port.dtype})" for port in face.inputs)
        raise ModelError(f"{given} takes the inputs {names}; a stream makes int8 {', '.join(_INPUTS)}")
