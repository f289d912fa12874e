"""ecgprune bench: what a .tflite costs on a board, measured, and beside what was predicted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ecgprune.artifacts import Progress, versioned, write_json
from ecgprune.cli import budgets, completion, sources
from ecgprune.cli.console import grouped, note, progress_bar, show, table
from ecgprune.cli.figures import cycles, energy, time
from ecgprune.cli.options import (
    DEFAULT_BOARD,
    command,
    compress_option,
    format_option,
    model_argument,
    operating_point_options,
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
@operating_point_options
@vectors_option(20)
@representative_option
@out_option("File that also gets the JSON.", required=False, file=True)
@format_option
@budgets.budget_options()
def bench(
    model: str, boards: tuple[str, ...], runtime: str, compress: bool, vectors: int, representative: Path | None,
    out: Path | None, style: str, limits: budgets.Limits, clock_mhz: float | None, ua_per_mhz: float | None,
    supply_v: float | None, **how: Any,
) -> None:  # fmt: skip
    """Measure MODEL on emulated boards.

    MODEL is an int8 .tflite, a run folder or another folder with model.tflite, or the name of a shipped model. A Keras
    model or SavedModel is quantized first, with the inputs of --representative. What --runtime tflm or both measures of
    a run's model is shown by the run's report too.

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
    source = sources.only_model(model)
    scores = budgets.scores(limits, source.run)
    sources.check_representative(source.path, representative)
    how |= _by_config(source)
    with tempfile.TemporaryDirectory(prefix="ecgprune-int8-") as scratch:
        tflite = int8(source.path, representative, Path(scratch)).read_bytes()
    with progress_bar("bench") as progress:
        progress(0.0, "TFLM on the host")
        subject = measuring.Subject(tflite, Path(model).name, vectors)
        rows = [
            measuring.measure(subject, board, **how, **chosen, progress=_part(progress, n, len(jobs)))
            for n, (board, chosen) in enumerate(jobs)
        ]
    points = [board.operating_point.stated(clock_mhz, ua_per_mhz, supply_v) for board, _ in jobs]
    rows = [row | point.figures(row["cycles_estimate"]) for row, point in zip(rows, points, strict=True)]
    value = versioned({"rows": rows})
    if out is not None:
        write_json(out, value)
    if source.run is not None and all(row["passed"] for row in rows):
        _keep(rows, source.run)
    show(style, value, lambda: _human(rows))
    if missing := without_tflm():
        note(missing)
    wrong = next((row for row in rows if not row["passed"]), None)
    if wrong:
        raise VerificationError(f"{wrong['board']} differs from TensorFlow Lite Micro: {wrong['first_mismatch']}")
    budgets.check(limits, rows, scores)


def _by_config(source: sources.ModelSource) -> dict[str, Any]:
    """How the model's config generates code, where the command line does not say it."""
    if source.config is None:
        return {}
    context = click.get_current_context()
    typed = {n for n in ("optimize", "sparse") if context.get_parameter_source(n) is ParameterSource.COMMANDLINE}
    return {n: getattr(source.config.export, n) for n in ("optimize", "sparse") if n not in typed}


def _keep(rows: list[dict[str, Any]], run: Path) -> None:
    """Puts what TFLM took of a run's model into its folder, and renews the report that shows it."""
    from ecgprune.pipeline import measurements

    if written := measurements.keep_tflm(rows, run):
        note(f"Written: {written}")
        for name in measurements.renew_report(run):
            note(f"Written: {run / name}")


def _part(progress: Progress, number: int, count: int) -> Progress:
    """The progress of job `number` of `count`."""
    return lambda done, doing: progress((number + done) / count, doing)


def _human(rows: list[dict[str, Any]]) -> None:
    figures = [("cycles, estimated", *(cycles(row) for row in rows))]
    if any(row["time_ms"] is not None for row in rows):
        figures.append(("ms, at the clock", *(time(row) for row in rows)))
    if any(row["energy_uj"] is not None for row in rows):
        figures.append(("µJ, at an assumed current", *(energy(row) for row in rows)))
    figures.append(("by", *(row["cycles_model"] or "nothing: no llvm-mca, see ecgprune doctor" for row in rows)))
    figures.append(("cycles, predicted", *(grouped(row["cycles_predicted"]) for row in rows)))
    figures.append(("error of the prediction", *(_error(row) for row in rows)))
    figures += [(name, *(grouped(row[key]) for row in rows)) for name, key in _FIGURES]
    verdicts = [_verdict(row) for row in rows]
    runtimes = {row["runtime"] for row in rows}
    several = len(runtimes) > 1
    table(
        (
            "one invocation; bytes net of an empty image",
            *(f"{row['board']}, {_runtime(row)}" if several else row["board"] for row in rows),
        ),
        [("core", *(row["core"] for row in rows)), *figures, ("against TFLM", *verdicts)],
        title=f"{rows[0]['model']}, {' and '.join(sorted(runtimes))}, objective {rows[0]['optimize']}",
    )
    for row in rows:
        table(
            ("layer", "kernel", "cycles, est.", "predicted", "error", "instructions", "MACs", "non-zero", "bytes"),
            [
                (layer["name"], layer["kernel"] or "(no call)", *(grouped(layer[key]) for key in _CYCLES),
                 _error(layer), *(grouped(layer[key]) for key in _OTHERS))
                for layer in row["layers"]
            ] + [("the rest", "", grouped(row["other_cycles_estimate"]), "", "", grouped(row["other_instructions"]),
                  "", "", "")],
            title=f"{row['board']}, {row['runtime']}; {row['counted']}",
        )  # fmt: skip
        table(
            ("in the arena; some share bytes, one after the other", "bytes", "offset"),
            [(part["what"], grouped(part["bytes"]), _offset(part["offset"])) for part in row["arena"]],
            title=f"{row['board']}, {row['runtime']}: {grouped(row['arena_bytes'])} bytes of arena",
        )


_CYCLES = ("cycles_estimate", "cycles_predicted")
_OTHERS = ("instructions", "macs", "nonzero_macs", "weight_bytes")
_FIGURES = (
    ("instructions", "instructions"),
    ("instructions, predicted", "instructions_estimate"),
    ("flash", "flash_bytes"),
    ("RAM", "ram_bytes"),
    ("of it arena", "arena_bytes"),
    ("stack, measured, gross", "stack_bytes"),
    ("stack at worst, gross", "stack_worst_bytes"),
)


def _runtime(row: dict[str, Any]) -> str:
    """The runtime, with the kernels that TFLM ran."""
    return f"{row['runtime']} with {row['tflm_kernels']} kernels" if row["tflm_kernels"] else str(row["runtime"])


def _verdict(row: dict[str, Any]) -> str:
    if row["bit_exact"]:
        return f"equal, {row['vectors']} vectors"
    return "within tolerance" if row["passed"] else "DIFFERS"


def _offset(offset: int | None) -> str:
    return "" if offset is None else grouped(offset)


def _error(row: dict[str, Any]) -> str:
    """How far the predicted cycles lie from the estimated ones; without those, the instructions from the count."""
    for measured, predicted in (("cycles_estimate", "cycles_predicted"), ("instructions", "instructions_estimate")):
        if row[measured] and row[predicted] is not None:
            return percent(row[predicted] / row[measured] - 1, signed=True)
    return ""
