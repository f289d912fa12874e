"""stream.html of `ecgprune stream`: strips of the ECG with the events over it, and the RR intervals of the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import write_text
from ecgprune.formatting import percent
from ecgprune.report.page import CLASS_NAMES, environment_of_pages

__all__ = ["Mark", "Strip", "strips", "write_stream"]

_SECONDS, _MOST = 10, 12  # of a strip, and strips
_POINTS = 180  # a second, at most
_WIDTH, _HEIGHT, _TOP = 1000, 150, 24  # pixels of a strip; the marks' letters stand above _TOP
_OVERVIEW = (1000, 150)
_LONGEST_RR_S = 2.0


@dataclass(frozen=True)
class Mark:
    """An event over a strip: its place in pixels, its letter or word, what it is, and its style's name."""

    x: float
    label: str
    text: str
    style: str


@dataclass(frozen=True)
class Strip:
    """Ten seconds of ECG: the line as an SVG path in a box of 1000 x 150, and the events over it."""

    begin: str
    path: str
    marks: list[Mark]


def write_stream(
    found: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], millivolts: NDArray[np.floating], path: Path
) -> None:
    """Writes the page: one HTML file without references to others. Same stream, same bytes.

    Args:
        found: stream.json without its events.
        rows: the events.
        millivolts: [frames], the first lead.
        path: of the file.
    """
    text = environment_of_pages().get_template("stream.html.j2").render(
        s=found, strips=strips(rows, millivolts, found["rate_hz"]), overview=_overview(rows, found["seconds"]),
        width=_WIDTH, height=_HEIGHT, top=_TOP, box=_OVERVIEW, seconds=_SECONDS, class_names=CLASS_NAMES,
        length=clock(found["seconds"]), longest=_LONGEST_RR_S,
    )  # fmt: skip
    write_text(path, text)


def clock(seconds: float) -> str:
    """A time as 0:01:02.345."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"


def strips(rows: Sequence[Mapping[str, Any]], millivolts: NDArray[np.floating], rate_hz: int) -> list[Strip]:
    """The first ten seconds, and those with the most events that are no normal beat, in the order of time.

    Args:
        rows: the events.
        millivolts: [frames].
        rate_hz: frames a second.
    """
    length = _SECONDS * rate_hz
    count = -(-len(millivolts) // length)
    weight = np.zeros(count)
    for row in rows:
        if row.get("class") != "N" and row["sample"] < len(millivolts):
            weight[row["sample"] // length] += 1
    order = sorted(range(1, count), key=lambda i: (-weight[i], i))[: _MOST - 1]
    chosen = sorted([0, *order]) if count else []
    return [_strip(rows, millivolts[i * length : (i + 1) * length], i * length, rate_hz) for i in chosen]


def _strip(rows: Sequence[Mapping[str, Any]], part: NDArray[np.floating], begin: int, rate_hz: int) -> Strip:
    step = max(1, rate_hz // _POINTS)
    values = part[::step] - np.median(part)
    low, high = min(float(values.min()), -0.5), max(float(values.max()), 0.5)
    per_frame = _WIDTH / (_SECONDS * rate_hz)
    x = np.arange(len(values)) * step * per_frame
    y = _TOP + 4 + (high - values) / (high - low) * (_HEIGHT - _TOP - 8)
    inside = [row for row in rows if begin <= row["sample"] < begin + len(part)]
    return Strip(
        begin=clock(begin / rate_hz),
        path="M" + " L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)),
        marks=[_mark(row, (row["sample"] - begin) * per_frame) for row in inside],
    )


def _mark(row: Mapping[str, Any], x: float) -> Mark:
    at = clock(row["seconds"])
    if row["kind"] != "beat":
        reason = f" of {row['lead_name']}" if "lead_name" in row else ""
        reason += f" ({row['reason']})" if row.get("reason") else ""
        return Mark(round(x, 1), row["kind"], f"{at}: {row['kind']}{reason}", "other")
    label = row["class"] or "·"
    score = f", probability {percent(row['score'], 0)}" if row["score"] is not None else ""
    return Mark(round(x, 1), label, f"{at}: beat {label}{score}", "normal" if label in ("N", "·") else "abnormal")


def _overview(rows: Sequence[Mapping[str, Any]], seconds: float) -> list[tuple[float, float, str]]:
    """RR intervals over time: (x, y, style) of each beat, those that are not N last, so that they lie on top."""
    width, height = _OVERVIEW
    points = [
        (
            round(row["seconds"] / max(seconds, 1e-9) * width, 1),
            round(height - min(row["rr_seconds"], _LONGEST_RR_S) / _LONGEST_RR_S * height, 1),
            "normal" if row["class"] in ("N", None) else "abnormal",
        )
        for row in rows
        if row["kind"] == "beat" and row["rr_seconds"]
    ]
    return sorted(points, key=lambda point: point[2] != "normal")
