"""ecgprune verify: the same vectors on every runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ecgprune.artifacts import read_json
from ecgprune.cli import bare, on_target, sources, stages
from ecgprune.cli.console import grouped, note, table
from ecgprune.cli.figures import cycles, time
from ecgprune.cli.flash import baud_option
from ecgprune.cli.groups import RunOptions, TfliteOptions, run_options, tflite_options
from ecgprune.cli.junit import junit_option, written
from ecgprune.cli.options import command, source_argument, tolerance_option
from ecgprune.operating_point import OperatingPoint

__all__ = ["human", "verify"]


@command()
@source_argument
@run_options(boards=True, out_required=False)
@tflite_options
@tolerance_option
@junit_option
@click.option("--on-target", "port", metavar="PORT", help="Serial port of a board that `ecgprune flash` has written.")
@baud_option
def verify(
    source: str, options: RunOptions, tflite: TfliteOptions, tolerance: float, junit: Path | None, port: str | None,
    baud: int,
) -> None:  # fmt: skip
    """Compare all runtimes, byte for byte.

    SOURCE is a config (a TOML file, or the name of a shipped one), whose test beats are run, or a model, for which
    random int8 values are: a .tflite file, a run folder or another folder with model.tflite, the name of a shipped
    model, or a Keras model or SavedModel with --representative. Exits with 5 where a byte differs.

    With --on-target, SOURCE is a run folder, an int8 .tflite or a shipped model, whose vectors run on a connected
    board. The figures go into on-target.json, of the run folder or of --out, and into the run's report.
    """
    if port is not None:
        on_target.refuse_other_options()
        on_target.verify(source, port, baud, options, tflite)
        return
    if options.out is None:
        raise click.MissingParameter(param_hint="'--out'", param_type="option")
    model = sources.model(source)
    with written(junit, options.out / "verify.json"):
        if model is not None:
            found = bare.verify(model, options, tflite, tolerance, human)
        else:
            found = stages.go("verify", source, options, lambda run: read_json(run / "verify.json"), human)
    # An operator that the interpreter lacks is no gap: the oracle is TFLM. Nor is TFLM where another stands in for it.
    skipped = [r for r in found["runtimes"] if r["skipped"] and r["runtime"] not in ("interpreter", "tflm-host")]
    from ecgprune.verify import without_tflm

    if missing := without_tflm():
        note(missing)
    stages.refuse_gaps([f"{row['runtime']}: {row['skipped']}" for row in skipped])


def human(found: stages.Result) -> None:
    """Prints verify.json for people."""
    roundings = ", ".join(found["interpreter_rounding"]["operators"])
    table(
        ("runtime", "vectors", "verdict"),
        [(_runtime(row), str(row["vectors"]), _verdict(row, roundings)) for row in found["runtimes"]],
        title="Against TensorFlow Lite Micro, byte for byte",
    )
    if found["firmware"]:
        keys = ("instructions", "flash_bytes", "ram_bytes", "stack_bytes")
        table(
            ("board", "core", "cycles, est.", "ms", "instructions", "flash", "RAM", "stack"),
            [(row["board"], row["core"], cycles(row), _time(row), *(grouped(row[key]) for key in keys))
             for row in found["firmware"]],
            title="Per inference, and in bytes net of an empty image",
        )  # fmt: skip


def _time(row: dict[str, Any]) -> str:
    """Time of an inference at a clock: that of a report, or by the board's data."""
    point = OperatingPoint(**row.get("operating_point", {}))
    return time(row if "time_ms" in row else point.figures(row["cycles_estimate"]))


def _runtime(row: dict[str, Any]) -> str:
    """The runtime, and the core that its C was generated for."""
    return f"{row['runtime']}, {row['core']} code" if row["core"] else str(row["runtime"])


def _verdict(row: dict[str, Any], roundings: str) -> str:
    if row["skipped"]:
        return f"left out: {row['skipped']}"
    if row["bit_exact"]:
        return "equal"
    if row["passed"] and row["runtime"] != "interpreter":
        return f"at most {row['max_difference']:.3g} apart, within the tolerance"
    if row["passed"]:
        what = f"{row['mismatching_bytes']} bytes" if row["mismatching_bytes"] else "only inner layers"
        return f"{what} differ, all explained by known roundings of {roundings}"
    return "DIFFERS"
