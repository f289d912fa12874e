"""score.json of `ecgprune score`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import RootModel, TypeAdapter

from ecgprune.report.schema_score import Score
from ecgprune.report.summary import versions

__all__ = ["checked_score"]


def checked_score(found: Mapping[str, Any], command: str) -> dict[str, Any]:
    """What `pipeline.annotation_scoring` found, as score.json has it.

    Args:
        found: its result.
        command: that repeats it.

    Raises:
        pydantic.ValidationError: it is not of the schema.
    """
    score = TypeAdapter(Score).validate_python({**found, "command": command, "versions": versions()})
    dumped: dict[str, Any] = json.loads(RootModel[Score](score).model_dump_json())
    return dumped
