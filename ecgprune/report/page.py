"""Builds report.json and report.html."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment
from pydantic import RootModel

from ecgprune.artifacts import write_json, write_text
from ecgprune.formatting import NO_BREAK_SPACE, THIN_SPACE, binary_size, grouped, percent, score
from ecgprune.report.artefacts import Run, load
from ecgprune.report.code_figures import arena_map, layer_chart
from ecgprune.report.figures import confusion, pick_beats, pruning_curve
from ecgprune.report.schema import Report
from ecgprune.report.schema_firmware import ArenaPart, Firmware
from ecgprune.report.schema_verification import Runtime
from ecgprune.report.summary import summarize
from ecgprune.templating import environment

__all__ = ["CLASS_NAMES", "build", "environment_of_pages", "render"]

CLASS_NAMES = {
    "N": "normal and bundle branch block",
    "S": "supraventricular ectopic",
    "V": "ventricular ectopic",
    "F": "fusion of ventricular and normal",
    "Q": "paced, or not to be classified",
}
_SPLITS = {"intra": "by beat (intra)", "time": "by time (time)", "inter": "by patient (inter)"}
_RUNTIMES = {
    "tflm-host": "TensorFlow Lite Micro, host (the oracle)",
    "interpreter": "TFLite interpreter, reference kernels",
    "host-c": "Generated C on the host, ASan and UBSan on",
    "host": "Generated C on the host, as a board",
}


def build(run: Path) -> None:
    """Writes report.json and report.html into the run folder, from its artefacts. Same artefacts, same bytes.

    Args:
        run: a run folder whose steps up to verification are done.

    Raises:
        ArtifactError: an artefact is missing, damaged, or does not hold what the report needs.
    """
    artefacts = load(run)
    report = summarize(artefacts)
    write_json(run / "report.json", json.loads(RootModel[Report](report).model_dump_json()))
    write_text(run / "report.html", render(report, artefacts))


def render(report: Report, run: Run) -> str:
    """The page: one HTML file without references to others."""
    return environment_of_pages().get_template("report.html.j2").render(
        r=report,
        database=" and ".join(s.title for s in report.dataset.sources) or report.dataset.name,
        split=_SPLITS.get(report.dataset.split, report.dataset.split),
        total_beats=sum(sum(counts.values()) for counts in report.dataset.beats.values()),
        config_text=run.config_text,
        curve=pruning_curve(report.pruning),
        matrix=confusion(report.accuracy.int8.confusion),
        beats=pick_beats(run.beats, report.dataset.classes, run.dataset["ecg_scale"]),
        class_names=CLASS_NAMES,
        headline=_headline(report),
        main=_main_board(report),
        cores=list({row.generated_for: row for row in reversed(report.firmware)}.values())[::-1],
        runtimes=[_runtime_row(report, row) for row in report.verification.runtimes],
        rounding=report.verification.interpreter_rounding,
        chart=layer_chart(report.layers, _main_board(report)),
        costs={layer.op: layer for row in report.firmware[:1] for layer in row.layers},
        arena=arena_map(report.arena, report.layers, report.model.arena_bytes),
        when=_when,
        share=_share,
        links=run.links,
        milliseconds=round(1000 * report.dataset.window / report.dataset.sample_rate_hz),
    )


def environment_of_pages() -> Environment:
    """The templates of this package, with filters for numbers."""
    pages = environment("ecgprune.report", autoescape=True)
    pages.filters |= {"number": _number, "percent": percent, "bytes": binary_size, "score": score}
    pages.filters |= {"time": _time, "clock": _clock}
    return pages


def _main_board(report: Report) -> Firmware | None:
    """The board whose figures head the page: the first one that ran."""
    return report.firmware[0] if report.firmware else None


def _headline(report: Report) -> dict[str, str]:
    """The verdict in words: {"state": "good", "partly" or "bad", "title", "text"}."""
    rows = report.verification.runtimes
    failed = [row for row in rows if not row.skipped and not row.passed]
    if failed:
        name = _RUNTIMES.get(failed[0].runtime, failed[0].runtime)
        where = _place(failed[0])
        return {"state": "bad", "title": "The runtimes disagree", "text": f"{name} differs from the oracle{where}."}
    counts = {row.runtime: row.vectors for row in rows if not row.skipped}
    host = counts.get("host-c")
    if not report.firmware:
        skipped = next((row.skipped for row in rows if row.skipped), "no board was selected")
        if host is None:
            return {"state": "partly", "title": "Not verified: no generated C was run", "text": f"{skipped}."}
        text = f"{_number(host)} test beats through the generated C on the host are bit-exact. {skipped}."
        return {"state": "partly", "title": "Bit-exact on the host; no board was run", "text": text}
    cores = _listed(list(dict.fromkeys(row.core for row in report.firmware)))
    host_text = f"{_number(host)} test beats through the generated C on the host, and " if host else ""
    each = sorted({row.vectors for row in report.firmware})
    beats = _listed([_number(count) for count in each])
    boards = f"{beats} on each of {_listed([row.board for row in report.firmware])}"
    if len(report.firmware) == 1:
        boards = f"{beats} on {report.firmware[0].board}"
    left_out = "".join(f" Not run: {row.runtime}: {row.skipped}." for row in rows if row.skipped)
    return {
        "state": "partly" if left_out else "good",
        "title": f"Bit-exact on the emulated {cores}",
        "text": f"{host_text}{boards}: every output byte equals that of TensorFlow Lite Micro.{left_out}",
    }


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _place(row: Runtime) -> str:
    first = row.first_mismatch
    if not first:
        return ""
    return (
        f" first in operator {first['op']} ({first['operator']}, {first['layer']}), vector {first['vector']}, "
        f"index {first['index']}: expected {first['expected']}, got {first['got']}"
    )


def _runtime_row(report: Report, row: Runtime) -> dict[str, Any]:
    """A verification row in plain words."""
    boards = {f.board: f"Generated C on the emulated {f.core} ({f.board})" for f in report.firmware}
    name = _RUNTIMES.get(row.runtime) or boards.get(row.runtime, row.runtime)
    if row.runtime in ("host-c", "host") and row.core:  # the host runs code of a core
        name = f"{name}; code for the {row.core}"
    if row.skipped:
        return {"name": name, "state": "skipped", "mark": "not run", "text": row.skipped, "vectors": 0}
    if row.bit_exact:
        text = "gives the expected bytes" if row.runtime == "tflm-host" else "every output byte equals the oracle's"
        return {"name": name, "state": "good", "mark": "equal", "text": text, "vectors": row.vectors}
    bytes_text = f"{_number(row.mismatching_bytes)} output bytes differ, by {row.max_difference:g} at most"
    if row.passed:
        inner = "every output byte equals the oracle's, and earlier layers differ"
        shown = bytes_text if row.mismatching_bytes else inner
        operators = ", ".join(report.verification.interpreter_rounding.operators)
        text = f"{shown}; all differences come from rounding in {operators}, explained below"
        return {"name": name, "state": "good", "mark": "explained", "text": text, "vectors": row.vectors}
    text = f"{bytes_text}{';' + _place(row) if row.first_mismatch else ''}"
    return {"name": name, "state": "bad", "mark": "differs", "text": text, "vectors": row.vectors}


def _when(part: ArenaPart) -> str:
    """While which operators something lies in the arena, in words."""
    if part.first_op is None and part.last_op is None:
        return "always"
    if part.first_op is None:
        return f"until {part.last_op}"
    if part.last_op is None:
        return f"from {part.first_op} on"
    return f"{part.first_op}" if part.first_op == part.last_op else f"{part.first_op} to {part.last_op}"


def _share(own: Firmware | None, row: Any, figure: str) -> str:
    """What share this firmware is of another runtime's figure, in brackets; nothing in its own row."""
    mine, other = getattr(own, figure, None), getattr(row, figure)
    return "" if own is None or row is own or mine is None or not other else f" ({mine / other:.2f})"


def _time(milliseconds: float) -> str:
    """Three digits, in the unit that suits: "17.5 ms"."""
    value, unit = (milliseconds, "ms") if milliseconds >= 1 else (1000 * milliseconds, "µs")
    return f"{value:.3g}{NO_BREAK_SPACE}{unit}" if value < 1000 else f"{_number(value)}{NO_BREAK_SPACE}{unit}"


def _clock(hertz: float) -> str:
    return f"{hertz / 1e6:g}{NO_BREAK_SPACE}MHz"


def _number(value: float | None) -> str:
    """An integer with thin spaces between thousands."""
    return grouped(value, missing="not counted", separator=THIN_SPACE)
