"""ecgprune bench: what a .tflite costs on a board, measured, and beside what was predicted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecgprune.artifacts import Progress, versioned, write_json
from ecgprune.cli import budgets, completion, sources
from ecgprune.cli.console import grouped, note, progress_bar, show, table
from ecgprune.cli.options import (
    DEFAULT_BOARD,
    command,
    compress_option,
    format_option,
    model_argument,
    optimize_option,
    out_option,
    representative_option,
    tolerance_option,
    vectors_option,
)
from ecgprune.cli.quantizing import int8
from ecgprune.errors import VerificationError
from ecgprune.formatting import percent

if TYPE_CHECKING:
    from ecgprune.board import Board


_POSITIVE = click.FloatRange(0, min_open=True)


@command()
@model_argument
@click.option(
    "--board",
    "boards",
    multiple=True,
    default=(DEFAULT_BOARD,),
    show_default=True,
    shell_complete=completion.boards,
    callback=lambda _ctx, _param, names: tuple(dict.fromkeys(names)),
    help="Board to measure on; repeatable.",
)
@optimize_option
@click.option(
    "--sparse",
    type=click.Choice(["auto", "never", "always"]),
    default="auto",
    show_default=True,
    help="Whether sparse kernel variants may be selected.",
)
@click.option(
    "--runtime",
    type=click.Choice(["native", "tflm", "both"]),
    default="native",
    show_default=True,
    help="Generated C, TensorFlow Lite Micro, or both side by side.",
)
@compress_option
@tolerance_option
@click.option(
    "--wait-states",
    type=click.IntRange(0, 15),
    default=0,
    show_default=True,
    help="Flash wait states to add to the estimated cycles, once for every taken branch.",
)
@click.option("--clock-mhz", type=_POSITIVE, help="Clock at which to give the estimated time, in ms.")
@click.option("--ua-per-mhz", type=_POSITIVE, help="Your part's current, of which the energy in µJ follows.")
@click.option("--supply-v", type=_POSITIVE, default=3.0, show_default=True, help="Supply voltage of that current.")
@vectors_option(20)
@representative_option
@out_option("File that also gets the JSON.", required=False, file=True)
@format_option
@budgets.budget_options("min_accuracy", "min_f1", why="bench runs random vectors; run has scores")
def bench(
    model: Path, boards: tuple[str, ...], runtime: str, compress: bool, vectors: int, representative: Path | None,
    out: Path | None, style: str, limits: budgets.Limits, clock_mhz: float | None, ua_per_mhz: float | None,
    supply_v: float, **how: Any,
) -> None:  # fmt: skip
    """Measure MODEL, an int8 .tflite, on emulated boards.

    A Keras model or SavedModel is quantized first, with the inputs of --representative.

    Builds it for each board's core, counts every instruction on QEMU, layer by layer, and compares all outputs with
    TensorFlow Lite Micro's. The JSON has one row for each board and runtime. Exits with 5 where a byte differs,
    with 7 where a limit is broken.
    """
    from ecgprune.pipeline import bench as measuring
    from ecgprune.verify import without_tflm

    if compress and runtime == "native":
        raise click.UsageError("--compress goes with --runtime tflm or both; the native runtime has sparse kernels")
    found = measuring.check_tools(boards, "native" if runtime == "native" else "tflm")
    jobs: list[tuple[Board, dict[str, Any]]] = [
        (board, {"runtime": name, "compress": compress and name == "tflm"})
        for board in found
        for name in (("native", "tflm") if runtime == "both" else (runtime,))
    ]
    if model.exists():
        sources.check_representative(model, representative)
    with tempfile.TemporaryDirectory(prefix="ecgprune-int8-") as scratch:
        found_at = int8(model, representative, Path(scratch)) if model.exists() else model
        tflite = found_at.read_bytes() if found_at != model else model
    with progress_bar("bench") as progress:
        progress(0.0, "TFLM on the host")
        subject = measuring.Subject(tflite, model.name, vectors)
        rows = [
            measuring.measure(subject, board, **how, **chosen, progress=_part(progress, n, len(jobs)))
            for n, (board, chosen) in enumerate(jobs)
        ]
    rows = [row | _physical(row["cycles_estimate"], clock_mhz, ua_per_mhz, supply_v) for row in rows]
    value = versioned({"rows": rows})
    if out is not None:
        write_json(out, value)
    show(style, value, lambda: _human(rows))
    if missing := without_tflm():
        note(missing)
    wrong = next((row for row in rows if not row["passed"]), None)
    if wrong:
        raise VerificationError(f"{wrong['board']} differs from TensorFlow Lite Micro: {wrong['first_mismatch']}")
    budgets.check(limits, rows)


def _physical(
    cycles: int | None, clock_mhz: float | None, ua_per_mhz: float | None, supply_v: float
) -> dict[str, float | None]:
    """Time and energy of one invocation, of what was asked for.

    A clock of f MHz draws f times ua_per_mhz for cycles / f microseconds, so the energy does not depend on the clock.
    """
    time = {"time_ms": clock_mhz and cycles and cycles / clock_mhz / 1000}
    energy = {"energy_uj": ua_per_mhz and cycles and cycles / 1e6 * ua_per_mhz * supply_v}
    return (time if clock_mhz else {}) | (energy if ua_per_mhz else {})


def _part(progress: Progress, number: int, count: int) -> Progress:
    """The progress of job `number` of `count`."""
    return lambda done, doing: progress((number + done) / count, doing)


def _human(rows: list[dict[str, Any]]) -> None:
    figures = [("cycles, estimated", *(_cycles(row) for row in rows))]
    figures += [
        (name, *("" if row[key] is None else f"{row[key]:.3g}" for row in rows))
        for name, key in (("ms at the clock", "time_ms"), ("µJ", "energy_uj"))
        if key in rows[0]
    ]
    figures.append(("by", *(row["cycles_model"] or "nothing: no llvm-mca, see ecgprune doctor" for row in rows)))
    for name, key in _FIGURES:
        figures.append((name, *(grouped(row[key]) for row in rows)))
        if key == "instructions_estimate":
            figures.append(("error of the prediction", *(_error(row) for row in rows)))
    verdicts = [_verdict(row) for row in rows]
    runtimes = {row["runtime"] for row in rows}
    several = len(runtimes) > 1
    table(
        (
            "one invocation; bytes net of an empty image",
            *(f"{row['board']}, {row['runtime']}" if several else row["board"] for row in rows),
        ),
        [("core", *(row["core"] for row in rows)), *figures, ("against TFLM", *verdicts)],
        title=f"{rows[0]['model']}, {' and '.join(sorted(runtimes))}, objective {rows[0]['optimize']}",
    )
    for row in rows:
        table(
            ("layer", "kernel", "MACs", "non-zero", "cycles, est.", "instructions", "predicted", "error",
             "bytes"),
            [
                (layer["name"], layer["kernel"] or "(no call)", *(grouped(layer[key]) for key in _LAYER),
                 _error(layer), grouped(layer["weight_bytes"]))
                for layer in row["layers"]
            ] + [("the rest", "", "", "", grouped(row["other_cycles_estimate"]), grouped(row["other_instructions"]),
                  "", "", "")],
            title=f"{row['board']}, {row['runtime']}; {row['counted']}",
        )  # fmt: skip
        table(
            ("in the arena; some share bytes, one after the other", "bytes", "offset"),
            [(part["what"], grouped(part["bytes"]), _offset(part["offset"])) for part in row["arena"]],
            title=f"{row['board']}, {row['runtime']}: {grouped(row['arena_bytes'])} bytes of arena",
        )


_LAYER = ("macs", "nonzero_macs", "cycles_estimate", "instructions", "instructions_estimate")
_FIGURES = (
    ("cycles, predicted", "cycles_predicted"),
    ("instructions", "instructions"),
    ("instructions, predicted", "instructions_estimate"),
    ("flash", "flash_bytes"),
    ("RAM", "ram_bytes"),
    ("of it arena", "arena_bytes"),
    ("stack, measured, gross", "stack_bytes"),
    ("stack at worst, gross", "stack_worst_bytes"),
)


def _cycles(row: dict[str, Any]) -> str:
    """The estimate, and its interval where it has one."""
    low, high = row["cycles_estimate"], row["cycles_high"]
    return f"{grouped(low)} to {grouped(high)}" if high is not None else grouped(low)


def _verdict(row: dict[str, Any]) -> str:
    if row["bit_exact"]:
        return f"equal, {row['vectors']} vectors"
    return "within tolerance" if row["passed"] else "DIFFERS"


def _offset(offset: int | None) -> str:
    return "" if offset is None else grouped(offset)


def _error(row: dict[str, Any]) -> str:
    """How far the prediction lies from the count."""
    measured, predicted = row["instructions"], row["instructions_estimate"]
    return percent(predicted / measured - 1, signed=True) if measured and predicted is not None else ""
