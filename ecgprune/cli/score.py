"""ecgprune score: beat annotations against a reference, by EC57."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import click

from ecgprune.cli.console import grouped, note, progress_bar, show, table
from ecgprune.cli.options import FiniteRange, PathType, command, format_option, out_option
from ecgprune.cli.scores import cell
from ecgprune.formatting import percent

__all__ = ["score"]

_KINDS = {"QRS": "QRS, any class", "V": "V, ventricular", "S": "S, supraventricular"}
_RUNS = {"couplets": "couplets", "short": "runs of 3 to 5", "long": "runs of 6 or more"}


@command()
@click.argument("reference", metavar="REF", type=PathType())
@click.argument("test", metavar="TEST", type=PathType())
@click.option("--ref-annotator", default="", help="Suffix of REF's files in a folder.  [default: the database's, atr]")
@click.option("--test-annotator", default="ecgp", show_default=True, help="Suffix of TEST's files in a folder.")
@click.option("--database", help="Name that tells paced records and patients.  [default: told by the records' names]")
@click.option(
    "--leave-out",
    multiple=True,
    help="Records to leave out of the second result; repeatable, or with commas.  [default: the database's paced ones]",
)
@click.option("--start", type=FiniteRange(0), default=300, show_default=True, help="Second at which to begin.")
@click.option(
    "--window",
    type=FiniteRange(0, 10_000),
    default=150,
    show_default=True,
    help="Milliseconds that annotations of one beat may be apart.",
)
@click.option(
    "--escape",
    type=click.Choice(["S", "N"]),
    default="S",
    show_default=True,
    help="Class of supraventricular escape beats: S as in EC57, N as in de Chazal's table.",
)
@click.option(
    "--rate",
    type=FiniteRange(0, 1_000_000, min_open=True),
    help="Time base in Hz of annotation files that neither state it nor have a header.",
)
@click.option("--resamples", type=click.IntRange(100, 100_000), default=2000, show_default=True, help="Bootstrap size.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of the bootstrap.")
@out_option("File for the JSON object.", required=False, file=True)
@format_option
def score(
    reference: Path, test: Path, ref_annotator: str, test_annotator: str, database: str | None,
    leave_out: tuple[str, ...], start: float, window: float, escape: Literal["S", "N"], rate: float | None,
    resamples: int, seed: int, out: Path | None, style: str,
) -> None:  # fmt: skip
    """Score beat annotations against a reference by ANSI/AAMI EC57.

    REF and TEST are WFDB annotation files of one record, such as mitdb/100.atr and out/100.ecgp, or folders of them.
    Detection, classes, runs and RR intervals are compared beat by beat as PhysioNet's bxb and rxr do.
    """
    from ecgprune import report
    from ecgprune.artifacts import write_json
    from ecgprune.pipeline.annotation_scoring import ScoreRequest, score_annotations

    names = tuple(name.strip() for names in leave_out for name in names.split(",") if name.strip())
    request = ScoreRequest(
        reference, test, ref_annotator, test_annotator, database, names, start, window / 1000, escape, rate, resamples,
        seed,
    )  # fmt: skip
    with progress_bar("score") as progress:
        found = report.checked_score(score_annotations(request, progress), _repeats(request))
    if out is not None:
        write_json(out, found)
    show(style, found, lambda: _human(found))
    for record, notes in found["notes"].items():
        for said in notes:
            note(f"{record}: {said}")
    for record, why in found["left_out"].items():
        note(f"{record} is left out: {why}")
    if out is not None:
        note(f"Written: {out}")


def _repeats(request: Any) -> str:
    """The command that repeats this, without the paths of this machine."""
    words = ["ecgprune", "score", "REF", "TEST"]
    for option, value, default in (
        ("ref-annotator", request.ref_annotator, ""),
        ("test-annotator", request.test_annotator, "ecgp"),
        ("database", request.database, None),
        ("rate", request.rate_hz, None),
    ):
        words += [f"--{option}", shlex.quote(str(value))] if value != default else []
    words += [word for name in request.leave_out for word in ("--leave-out", shlex.quote(name))]
    words += ["--start", f"{request.start_s:g}", "--window", f"{1000 * request.window_s:g}", "--escape", request.escape]
    return " ".join([*words, "--resamples", str(request.resamples), "--seed", str(request.seed)])


def _human(found: dict[str, Any]) -> None:
    results, records = found["results"], found["records"]
    for result in results:
        title = f"{result['title'][:1].upper()}{result['title'][1:]}: {result['records']}"
        _result(result, title if len(records) > 1 else f"Record {records[0]['record']}")
    _matrix(found["labels"], results[0]["matrix"])
    if len(records) > 1:
        _records(records)
    settings = found["settings"]
    begins = f"begins at second {settings['start_s']:g}" if settings["start_s"] else "is the whole record"
    brackets = "In brackets: 95 % intervals over patients. " if any(one["intervals"] for one in results) else ""
    click.echo(
        f"Window {settings['window_ms']:g} ms; the test period {begins}; escape beats are {settings['escape']}. "
        f"{brackets}F and Q called V, and Q called S, are no false positives."
    )


def _result(result: dict[str, Any], title: str) -> None:
    gross, average, intervals = result["gross"], result["average"], result["intervals"] or {}
    several = result["records"] > 1
    means = ("average Se", "average +P") if several else ()
    headings = ("", "sensitivity", "+ predictivity", *means, "found", "missed", "false")
    rows = [
        (title, *_rates(gross[name], intervals.get(name)), *_rates(average[name]) * several,
         *(grouped(gross[name][key]) for key in ("tp", "fn", "fp")))
        for name, title in _KINDS.items()
    ]  # fmt: skip
    rows += [
        (f"{kind}, {_RUNS[name]}", *_rates(of), *_rates(average["runs"][kind][name]) * several,
         *(grouped(of[key]) for key in ("found", "missed", "false")))
        for kind, by_length in gross["runs"].items() for name, of in by_length.items()
        if of["se"] is not None or of["ppv"] is not None
    ]  # fmt: skip
    table(headings, rows, title=f"{title}, {grouped(gross['beats'])} beats, {gross['duration_s'] / 3600:.2f} hours")
    click.echo(
        f"False V per hour: {_number(gross['false_v_per_hour'])}. RR error{', mean' * several}: "
        f"{_number(average['rr_error_ms'])} ms as bxb has it, {_number(average['rr_error_matched_ms'])} ms between "
        "found beats.\n"
        f"Shut-down: {gross['shut_down_s']:.0f} s, with {_percent(gross['missed_in_shut_down']['all'])} of the beats."
    )


def _rates(of: dict[str, Any], intervals: dict[str, Any] | None = None) -> list[str]:
    """Se and +P as cells of a table."""
    return [cell(of[key], intervals[key] if intervals else None) for key in ("se", "ppv")]


def _matrix(labels: Sequence[str], matrix: Sequence[Sequence[int]]) -> None:
    rows = [(label, *(grouped(n) for n in row)) for label, row in zip(labels, matrix, strict=True)]
    table(("REF", *(label.lower() for label in labels)), rows, title="Beats of REF by those of TEST")
    click.echo("o, O: no beat; x, X: no beat, in shut-down.")


def _records(records: Sequence[dict[str, Any]]) -> None:
    rows = [
        (r["record"], grouped(r["figures"]["beats"]),
         *(cell(r["figures"][name][key], None) for name in _KINDS for key in ("se", "ppv")),
         _number(r["figures"]["false_v_per_hour"]), _number(r["figures"]["rr_error_ms"]))
        for r in records
    ]  # fmt: skip
    table(("record", "beats", "QRS Se", "+P", "V Se", "+P", "S Se", "+P", "false V/h", "RR ms"), rows)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else percent(value, 2)
