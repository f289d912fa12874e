"""evaluation.json and evaluation.html of `ecgprune evaluate`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import RootModel, TypeAdapter

from ecgprune.artifacts import write_json, write_text
from ecgprune.report.figures import confusion
from ecgprune.report.page import CLASS_NAMES, environment_of_pages
from ecgprune.report.schema_evaluation import Evaluation, RecordScores, Result
from ecgprune.report.summary import versions

__all__ = ["checked", "render_evaluation", "write_evaluation"]


def checked(found: Mapping[str, Any], command: str) -> dict[str, Any]:
    """What `pipeline.evaluate_model` found, as evaluation.json has it.

    Args:
        found: its result.
        command: that repeats it.

    Raises:
        pydantic.ValidationError: it is not of the schema.
    """
    values = {**found, "command": command, "versions": versions()}
    evaluation = TypeAdapter(Evaluation).validate_python(values)
    dumped: dict[str, Any] = json.loads(RootModel[Evaluation](evaluation).model_dump_json())
    return dumped


def write_evaluation(found: Mapping[str, Any], folder: Path) -> None:
    """Writes evaluation.json and evaluation.html. Same result, same bytes.

    Args:
        found: as `checked` gives it.
        folder: created where it is missing.
    """
    write_json(folder / "evaluation.json", found)
    write_text(folder / "evaluation.html", render_evaluation(TypeAdapter(Evaluation).validate_python(found)))


@dataclass(frozen=True)
class _Row:
    """A record of the page's table: its scores, and the beats of each class that are right, of how many."""

    scores: RecordScores
    right: dict[str, tuple[int, int]]


def render_evaluation(evaluation: Evaluation) -> str:
    """The page: one HTML file without references to others."""
    first = evaluation.results[0]
    rows = [
        _Row(r, {c: (r.confusion[i][i], sum(r.confusion[i])) for i, c in enumerate(evaluation.classes)})
        for r in sorted(evaluation.records, key=lambda r: (r.accuracy, r.record))
    ]
    return environment_of_pages().get_template("evaluation.html.j2").render(
        e=evaluation,
        first=first,
        matrix=confusion(first.confusion),
        rows=rows,
        class_names=CLASS_NAMES,
        headline=_headline(evaluation, first),
        left_out=_by_reason(evaluation.database.left_out.records),
    )  # fmt: skip


def _by_reason(left_out: dict[str, str]) -> dict[str, list[str]]:
    """{reason: records}."""
    found: dict[str, list[str]] = {}
    for record, why in left_out.items():
        found.setdefault(why, []).append(record)
    return found


def _headline(evaluation: Evaluation, first: Result) -> dict[str, str]:
    """{"state", "title", "text"}: whether these are patients that the model has not seen."""
    seen = evaluation.database.trained_on
    if seen is None:
        return {
            "state": "partly",
            "title": "Not known whether the model was trained with these records",
            "text": "Its config does not tell. If it was, new patients will score lower.",
        }
    if seen:
        return {
            "state": "partly",
            "title": f"The model was trained or chosen with {len(seen)} of these {first.records} records",
            "text": "Patients that it has not seen score lower; where some are here, they have a row of their own.",
        }
    return {
        "state": "good",
        "title": f"{first.patients} patients that the model has not seen",
        "text": "None of these records trained it, chose it or calibrated it.",
    }
