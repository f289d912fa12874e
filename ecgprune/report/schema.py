"""report.json as types: what it holds, checked when it is written."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from ecgprune.report.schema_evaluation import Result
from ecgprune.report.schema_firmware import ArenaPart, Beside, Firmware, Layer, Macs, Model
from ecgprune.report.schema_on_target import OnTarget
from ecgprune.report.schema_scores import STRICT, Accuracy, Pruning, ReportDataset, Sparsity
from ecgprune.report.schema_verification import Verification

__all__ = ["Report"]


@dataclass(frozen=True, config=STRICT)
class Report:
    """The whole of report.json.

    Attributes:
        schema_version: 1.
        name: of the config.
        synthetic: whether the records were generated.
        command: that wrote it.
        dataset: the data.
        model: the exported model.
        accuracy: test metrics.
        parts: scores of the int8 model on all test data and with some records left out; with intervals where patients
            are held out. Empty in reports of an older ecgprune.
        sparsity: zeros of the int8 file.
        macs: multiply-accumulates of the int8 model.
        pruning: the stages.
        layers: of the first board's code.
        firmware: one row for each board.
        verification: what the runtimes answered.
        versions: {package or tool: version}.
        on_target: what a user measured on connected boards.
        beside: the same .tflite on TensorFlow Lite Micro, where that was measured.
        arena: of the first board's code; empty on the tflm runtime, and in reports of an older ecgprune.
        input_hashes: {record file: SHA-256} of each file that went in.
    """

    schema_version: Literal[1]
    name: str
    synthetic: bool
    command: str
    dataset: ReportDataset
    model: Model
    accuracy: Accuracy
    sparsity: Sparsity
    macs: Macs
    pruning: Pruning
    layers: list[Layer]
    firmware: list[Firmware]
    verification: Verification
    versions: dict[str, str]
    input_hashes: dict[str, str] = Field(description="SHA-256 of each record file that went in")
    parts: list[Result] = field(default_factory=list)
    on_target: list[OnTarget] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    arena: list[ArenaPart] = field(default_factory=list)
