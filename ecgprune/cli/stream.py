"""ecgprune stream: a record, or samples on stdin, live on a board."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import click

from ecgprune.cli import completion
from ecgprune.cli.console import grouped, note, progress_bar, show
from ecgprune.cli.options import DEFAULT_BOARD, FiniteRange, command, format_option, out_option

__all__ = ["stream"]

_STDIN = "-"
_RAW = ("rate", "gain", "zero")
_SIGNAL_STATUS = 128


@command()
@click.argument("record")
@click.option("--board", default=DEFAULT_BOARD, show_default=True, shell_complete=completion.boards, help="Board.")
@click.option("--model", default="small", show_default=True, shell_complete=completion.models,
              help="Shipped model, run folder, or .tflite of a run.")  # fmt: skip
@click.option("--optimize", type=click.Choice(["balanced", "speed", "ram", "flash"]),
              help="Objective of kernel selection.  [default: the model's]")  # fmt: skip
@click.option(
    "--leads", type=click.IntRange(1, 2), default=1, show_default=True, help="Leads to send; the first is classified."
)
@click.option("--lead", help="Lead to classify.  [default: the model's, else the record's first]")
@click.option("--real-time", is_flag=True, help="Send samples at their rate, not as fast as the board takes them.")
@click.option("--rate", type=click.IntRange(min=1), help="Of samples on stdin, in Hz.")
@click.option("--gain", type=FiniteRange(min=0.0), help="Of samples on stdin, in ADC units per millivolt.")
@click.option("--zero", type=int, help="Of samples on stdin, the ADC's value at 0 V.  [default: 0]")
@out_option("Folder for the annotation file, stream.json and stream.html.", required=False)
@format_option
def stream(
    record: str, board: str, model: str, optimize: Any, leads: int, lead: str | None, real_time: bool, rate: int | None,
    gain: float | None, zero: int | None, out: Path | None, style: str,
) -> None:  # fmt: skip
    """Stream ECG to a board and show the beats that it finds.

    RECORD is the path of a WFDB record without suffix, or - for samples on stdin: int16, little endian, with --rate
    and --gain. Builds the program examples/live around the model, runs it on QEMU, or here with --board host, and talks
    to it over its UART. Where Ctrl-C or a fault of the board ends the stream, the events so far are kept.
    """
    from ecgprune.board import find_board
    from ecgprune.errors import DataError
    from ecgprune.pipeline import live_input, live_model, streaming

    _check_options(record, {"rate": rate, "gain": gain, "zero": zero}, lead, real_time)
    found_board = find_board(board)
    found_model = live_model.find_live_model(model, optimize)
    source: live_input.Input
    if record == _STDIN and rate is not None and gain is not None:
        source = live_input.pipe_input(sys.stdin.fileno(), rate, leads, gain, zero or 0)
    else:
        source = live_input.read_record_input(record, leads, lead, found_model.lead, real_time)
    for text in source.notes:
        note(text)
    shown = _show_row if style == "human" else _show_nothing
    with contextlib.ExitStack() as stack:
        with progress_bar("stream") as progress:  # no bar beside events, and no second look at a signal
            image = stack.enter_context(streaming.built(found_model, source, found_board, progress))
        outcome = streaming.stream(image, found_model, source, shown)
    size = 2 * len(source.leads)
    if source.cut_off():
        note(f"{source.name} ends within a frame of {size} bytes; its last {source.cut_off()} are left out")
    if not len(source.seen()) and outcome.tally.stopped is None and outcome.tally.failure is None:
        raise DataError(f"{source.name} has no samples; expected int16, little endian, {size} bytes a frame")
    found = streaming.summary(found_model, source, outcome)
    files = streaming.write(found, source, outcome, out) if out is not None else []
    show(style, found | {"rows": outcome.rows}, lambda: _human(found))
    if files:
        note(f"Written: {', '.join(map(str, files))}")
    if outcome.tally.stopped is not None:
        note(f"stopped early; {len(outcome.rows)} events are kept")
        raise click.exceptions.Exit(_SIGNAL_STATUS + outcome.tally.stopped)
    if outcome.tally.failure is not None:
        note(f"the stream is incomplete; {len(outcome.rows)} events are kept")
        raise outcome.tally.failure


def _check_options(record: str, raw: dict[str, Any], lead: str | None, real_time: bool) -> None:
    """Raises UsageError where options do not go with the record."""
    if record == _STDIN:
        missing = [f"--{name}" for name in ("rate", "gain") if raw[name] is None]
        if missing:
            raise click.UsageError(f"samples on stdin need {' and '.join(missing)}")
        if lead is not None or real_time:
            raise click.UsageError("--lead and --real-time go with a record, not with samples on stdin")
    given = [f"--{name}" for name in _RAW if raw[name] is not None]
    if record != _STDIN and given:
        raise click.UsageError(f"{', '.join(given)} goes with samples on stdin (-); a record states its own")


def _show_nothing(_: dict[str, Any]) -> None:
    """Of the events as they come, where a JSON object follows."""


def _show_row(row: dict[str, Any]) -> None:
    """One line for an event, as it comes."""
    from ecgprune.report.stream_page import clock

    if row["kind"] != "beat":
        reason = f" of {row['lead_name']}" if "lead_name" in row else ""
        reason += f", {row['reason']}" if row.get("reason") else ""
        click.echo(click.style(f"{clock(row['seconds'])}  {row['kind']}{reason}", fg="yellow"))
        return
    rr = f"RR {row['rr_seconds']:.3f} s" if row["rr_seconds"] else "RR unknown"
    score = f"{row['score']:.2f}" if row["score"] is not None else "    "
    line = f"{clock(row['seconds'])}  {row['class'] or '-'}  {score}  {rr:<11}  quality {row['quality']}"
    line += "  late" * row["late"]
    click.echo(click.style(line, fg="red") if row["class"] not in ("N", None) else line)


def _human(found: dict[str, Any]) -> None:
    from ecgprune.report.stream_page import clock

    beats = ", ".join(f"{grouped(count)} {name}" for name, count in found["classes"].items()) or "none"
    others = "".join(f"; {count} x {kind}" for kind, count in found["events"].items() if kind != "beat")
    click.echo(f"{found['record']}: {clock(found['seconds'])} on {found['board']}; beats: {beats}{others}")
    device = found["device"]
    if device is None:
        return
    lost = f"{device['lost_bytes']} bytes lost, {found['resent_frames']} frames sent again"
    lost += f", events asked for again {found['events_asked_again']} times" * bool(found["events_asked_again"])
    if device["stack_bytes"] is None:
        click.echo(f"line: {lost}")
        return
    click.echo(
        f"line: {lost}; flash {grouped(device['flash_bytes'])} bytes, RAM {grouped(device['ram_bytes'])} bytes, "
        f"stack {grouped(device['stack_bytes'])} of {grouped(device['stack_reserved_bytes'])} bytes used"
    )
