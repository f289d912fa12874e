"""ecgprune verify --on-target: the vectors of a model on a connected board."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from ecgprune.cli.console import grouped, note, progress_bar, show
from ecgprune.cli.groups import RunOptions, TfliteOptions
from ecgprune.errors import VerificationError

__all__ = ["refuse_other_options", "verify"]

_OTHERS = (
    "data", "noise", "update", "boards", "name", "runtime", "compress", "optimize", "labels", "representative",
    "tolerance", "junit",
)  # fmt: skip


def refuse_other_options() -> None:
    """Refuses options of verify that mean nothing on a board.

    Raises:
        click.UsageError: one was given.
    """
    context = click.get_current_context()
    for name in _OTHERS:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.removesuffix('s')} does not go with --on-target")


def verify(source: str, port: str, baud: int, options: RunOptions, tflite: TfliteOptions) -> None:
    """Measures the model on the board at a port, shows it, and keeps it in the run folder or in --out.

    Raises:
        VerificationError: a byte differs from TFLM's.
    """
    from ecgprune.pipeline import measurements, on_target
    from ecgprune.report.artefacts import ON_TARGET

    given = click.get_current_context().get_parameter_source("vectors") is ParameterSource.COMMANDLINE
    model = on_target.find(source)
    with progress_bar("verify") as progress:
        entry = on_target.measure(model, port, baud, tflite.vectors if given else None, progress)
    show(options.style, entry, lambda: _human(entry))
    if not entry["same_build"]:
        note("the image was built from other sources than those here; ecgprune flash writes it anew")
    folder = options.out or model.run
    if folder is not None:
        note(f"Written: {measurements.keep([entry], folder, ON_TARGET)}")
        if model.run is not None and folder == model.run:
            for name in measurements.renew_report(model.run):
                note(f"Written: {model.run / name}")
    if not entry["bit_exact"]:
        first = entry["first_mismatch"]
        raise VerificationError(
            f"{entry['board']} on {port} differs from TensorFlow Lite Micro: vector {first['vector']}, output byte "
            f"{first['byte']} is {first['found']}, expected {first['expected']} "
            f"({entry['mismatching_bytes']} of {entry['output_bytes']} bytes differ)"
        )


def _human(entry: dict[str, Any]) -> None:
    what = {"silicon": "measured on silicon", "emulator": "run by an emulator", "unknown": "silicon or emulator"}
    verdict = "equal" if entry["bit_exact"] else f"{entry['mismatching_bytes']} DIFFER"
    click.echo(f"{entry['board']} ({entry['core']}) on {entry['port']}: {what[entry['measured_on']]}, {entry['date']}")
    click.echo(f"outputs: {grouped(entry['output_bytes'])} bytes of {entry['vectors']} vectors, {verdict} to TFLM's")
    cycles = entry["cycles"]
    if cycles is None:
        why = "an emulator's timer says nothing" if entry["measured_on"] == "emulator" else "it has no counter"
        click.echo(f"cycles: not measured, {why}")
    else:
        counts = ", ".join(f"{name} {grouped(cycles[name])}" for name in ("min", "median", "max"))
        click.echo(f"cycles of an inference, by {entry['counter']}: {counts}")
        if cycles["milliseconds"] is not None:
            clock = f"{entry['clock_hz'] / 1e6:g} MHz"
            click.echo(f"at {clock}: {cycles['milliseconds']['median']:.3f} ms (median)")
    line = f"{entry['resent_frames']} frames sent again, {entry['damaged_frames']} damaged"
    click.echo(f"stack: {grouped(entry['stack_bytes'])} bytes used; line: {line}")
