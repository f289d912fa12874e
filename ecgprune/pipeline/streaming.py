"""A live stream from end to end: the model's program on a board, fed with samples, and what its events come to."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, no_progress, write_json
from ecgprune.board import Board, link, live, session
from ecgprune.pipeline.live_input import Input
from ecgprune.pipeline.live_model import LiveModel

__all__ = [
    "ANNOTATOR", "KINDS", "REASONS", "Outcome", "as_row", "built", "flutters", "shut_downs", "stream", "summary",
    "write",
]  # fmt: skip

ANNOTATOR = "ecgp"
"""Suffix of the annotation file."""

KINDS = ("beat", "no signal", "signal back", "quality poor", "quality good", "flutter", "flutter over")
"""Kinds of events, by ecgp_event_kind of firmware/lib/ecg/ecgp_stream.h."""

REASONS = ("", "flat line", "saturated", "no beat", "hum")
"""Why there is no signal, by ecgp_signal_reason of firmware/lib/ecg/ecgp_signal.h."""

_OF_A_LEAD = KINDS[1:3]
_SHUT_DOWN, _FLUTTER = ((1, 2), (3, 4)), ((5, 6),)  # kinds that begin and end it


@dataclass(frozen=True)
class Outcome:
    """What a stream came to.

    Attributes:
        image: the program that ran.
        tally: the session's counts.
        rows: its events as `as_row` gives them.
    """

    image: live.LiveImage
    tally: session.Tally
    rows: list[dict[str, Any]]


@contextmanager
def built(model: LiveModel, source: Input, board: Board, progress: Progress = no_progress) -> Iterator[live.LiveImage]:
    """The live program around a model, for a board; it goes with the block.

    Args:
        model: the classifier.
        source: says how many leads there are.
        board: with a UART, or the host.
        progress: is told what is being done.

    Raises:
        BoardError, FirmwareError, ToolMissingError: as `live.check_live` and `live.build_live`.
    """
    live.check_live(board)
    with tempfile.TemporaryDirectory(prefix="ecgprune-") as name:
        folder = Path(name)
        model.write_code(board, folder / "model")
        leads, rate_hz = len(source.leads), source.rate_hz
        yield live.build_live(folder / "model", board, folder, leads, rate_hz, model.window, progress)


def stream(
    image: live.LiveImage, model: LiveModel, source: Input, on_event: Callable[[dict[str, Any]], None]
) -> Outcome:
    """Starts the program and feeds it until the samples end, a signal comes, or it fails: then the tally says how.

    Args:
        image: of `built`.
        model: the same.
        source: the samples.
        on_event: is given each event as it comes, as a row.

    Raises:
        FirmwareError: as `live.started` and `session.stream`.
    """
    rows: list[dict[str, Any]] = []

    def take(event: link.Event) -> None:
        rows.append(as_row(event, model, source))
        on_event(rows[-1])

    with live.started(image) as line:
        tally = session.stream(image, line, source.rate_hz, source.leads, source, take)
    return Outcome(image, tally, rows)


def as_row(event: link.Event, model: LiveModel, source: Input) -> dict[str, Any]:
    """An event in words: kind, sample, seconds, quality.

    Of a beat also class, score, rr_seconds and late. Of a signal that is lost or back also the lead's index and, of two
    leads, its name; of one that is lost, the reason.
    """
    rate_hz = source.rate_hz
    row: dict[str, Any] = {
        "kind": KINDS[event.kind],
        "sample": event.sample,
        "seconds": round(event.sample / rate_hz, 4),
        "quality": event.quality,
    }
    if event.kind:
        row |= {"reason": REASONS[event.reason]} if event.reason else {}
        if KINDS[event.kind] in _OF_A_LEAD:
            row |= {"lead": event.lead}
            row |= {"lead_name": source.lead_names[event.lead]} if len(source.leads) > 1 else {}
        return row
    classed = event.beat_class >= 0
    return row | {
        "class": model.classes[event.beat_class] if classed else None,
        "score": round(model.scale * (event.score - model.zero_point), 4) if classed else None,
        "rr_seconds": round(event.rr / rate_hz, 4) if event.rr else None,
        "late": event.late,
    }


def summary(model: LiveModel, source: Input, outcome: Outcome) -> dict[str, Any]:
    """stream.json without its events. Same samples, model and board: same bytes, but for frames sent again."""
    done, image, board = outcome.tally.done, outcome.image, outcome.image.board
    frames = len(source.seen())
    counts = Counter(str(row["class"] or "none") for row in outcome.rows if row["kind"] == "beat")
    return {
        "record": source.name,
        "rate_hz": source.rate_hz,
        "leads": list(source.lead_names),
        "frames": frames,
        "seconds": round(frames / source.rate_hz, 3),
        "board": board.name,
        "core": board.core,
        "model": {"name": model.tflite.parent.name, "sha256": model.sha256, "classes": list(model.classes)},
        "events": dict(Counter(row["kind"] for row in outcome.rows)),
        "classes": {name: counts[name] for name in (*model.classes, "none") if counts[name]},
        "device": None if done is None else {
            "lost_bytes": done.overruns, "damaged_frames": done.damaged, "stream_bytes": done.stream_bytes,
            "stack_bytes": done.stack_bytes or None, "stack_reserved_bytes": image.stack_reserved_bytes,
            "flash_bytes": image.flash_bytes, "ram_bytes": image.ram_bytes,
        },
        "resent_frames": outcome.tally.resent,
        "events_asked_again": outcome.tally.asked,
        "stopped_early": outcome.tally.stopped is not None,
        "failure": None if outcome.tally.failure is None else str(outcome.tally.failure),
        "notes": list(source.notes),
    }  # fmt: skip


def write(found: dict[str, Any], source: Input, outcome: Outcome, folder: Path) -> list[Path]:
    """Writes the events as a WFDB annotation file, stream.json, and the page stream.html.

    Args:
        found: as `summary` gives it.
        source: what was streamed.
        outcome: what came of it.
        folder: created where it is missing.

    Returns:
        The files.

    Raises:
        DataError: the record's name cannot be that of an annotation file.
    """
    from ecgprune.ecg.annotation_file import annotations_of, write_annotations
    from ecgprune.ecg.dataset import CLASSES
    from ecgprune.report.stream_page import write_stream

    folder.mkdir(parents=True, exist_ok=True)
    beats = [row for row in outcome.rows if row["kind"] == "beat"]
    annotations = annotations_of(
        [row["sample"] for row in beats],
        [CLASSES.index(row["class"]) if row["class"] in CLASSES else -1 for row in beats],
        shut_down=shut_downs(outcome.rows),
        flutter=flutters(outcome.rows),
    )
    files = [folder / f"{source.name}.{ANNOTATOR}", folder / "stream.json", folder / "stream.html"]
    write_annotations(files[0], annotations, source.rate_hz)
    write_json(files[1], found | {"rows": outcome.rows})
    lead = source.leads[0]
    write_stream(found, outcome.rows, (source.seen().astype(float) - lead.zero) / lead.units_per_volt * 1000, files[2])
    return files


def shut_downs(rows: list[dict[str, Any]]) -> list[tuple[int, int | None]]:
    """(first, last sample) of each period in which no class of the first lead is claimed; None: to the end."""
    return _periods([row for row in rows if not row.get("lead")], _SHUT_DOWN)


def flutters(rows: list[dict[str, Any]]) -> list[tuple[int, int | None]]:
    """(first, last sample) of each period of ventricular flutter or fibrillation; None: to the end."""
    return _periods(rows, _FLUTTER)


def _periods(rows: list[dict[str, Any]], kinds: tuple[tuple[int, int], ...]) -> list[tuple[int, int | None]]:
    found: list[tuple[int, int | None]] = []
    for begin, end in kinds:
        since: int | None = None
        for row in rows:
            if row["kind"] == KINDS[begin] and since is None:
                since = row["sample"]
            elif row["kind"] == KINDS[end] and since is not None:
                found.append((since, max(since, row["sample"])))
                since = None
        if since is not None:
            found.append((since, None))
    return found
