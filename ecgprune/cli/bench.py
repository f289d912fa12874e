"""ecgprune bench: what a .tflite costs on a board, measured, and beside what was predicted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ecgprune.artifacts import Progress, versioned, write_json
from ecgprune.cli import completion
from ecgprune.cli.console import grouped, progress_bar, show, table
from ecgprune.cli.options import (
    DEFAULT_BOARD,
    command,
    format_option,
    model_argument,
    optimize_option,
    out_option,
    runtime_option,
    vectors_option,
)
from ecgprune.errors import VerificationError
from ecgprune.formatting import percent


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
@runtime_option
@vectors_option(20)
@out_option("File that also gets the JSON.", required=False, file=True)
@format_option
def bench(model: Path, boards: tuple[str, ...], vectors: int, out: Path | None, style: str, **how: Any) -> None:
    """Measure MODEL, an int8 .tflite, on emulated boards.

    Builds it for each board's core, counts every instruction on QEMU, layer by layer, and compares all outputs with
    TensorFlow Lite Micro's. The JSON has one row for each board. Exits with 1 where a byte differs.
    """
    from ecgprune.pipeline import bench as measuring

    found = measuring.check_tools(boards, how["runtime"])
    with progress_bar("bench") as progress:
        progress(0.0, "TFLM on the host")
        subject = measuring.Subject(model, model.name, vectors)
        rows = [
            measuring.measure(subject, board, **how, progress=_part(progress, n, len(found)))
            for n, board in enumerate(found)
        ]
    value = versioned({"rows": rows})
    if out is not None:
        write_json(out, value)
    show(style, value, lambda: _human(rows))
    wrong = next((row for row in rows if not row["bit_exact"]), None)
    if wrong:
        raise VerificationError(f"{wrong['board']} differs from TensorFlow Lite Micro: {wrong['first_mismatch']}")


def _part(progress: Progress, number: int, count: int) -> Progress:
    """The progress of job `number` of `count`."""
    return lambda done, doing: progress((number + done) / count, doing)


def _human(rows: list[dict[str, Any]]) -> None:
    figures = [(name, *(grouped(row[key]) for row in rows)) for name, key in _FIGURES]
    figures.insert(2, ("error of the prediction", *(_error(row) for row in rows)))
    verdicts = [f"equal, {r['vectors']} vectors" if r["bit_exact"] else "DIFFERS" for r in rows]
    table(
        ("one invocation; bytes net of an empty image", *(row["board"] for row in rows)),
        [("core", *(row["core"] for row in rows)), *figures, ("against TFLM", *verdicts)],
        title=f"{rows[0]['model']}, {rows[0]['runtime']}, for {rows[0]['optimize']}",
    )
    for row in rows:
        table(
            ("layer", "kernel", "MACs", "non-zero", "instructions", "predicted", "error", "bytes"),
            [
                (layer["name"], layer["kernel"] or "(no call)", *(grouped(layer[key]) for key in _LAYER[:4]),
                 _error(layer), grouped(layer["weight_bytes"]))
                for layer in row["layers"]
            ] + [("the rest", "", "", "", grouped(row["other_instructions"]), "", "", "")],
            title=f"{row['board']}; {row['counted']}",
        )  # fmt: skip


_LAYER = ("macs", "nonzero_macs", "instructions", "instructions_estimate")
_FIGURES = (
    ("instructions", "instructions"),
    ("instructions, predicted", "instructions_estimate"),
    ("cycles, estimated", "cycles_estimate"),
    ("flash", "flash_bytes"),
    ("RAM", "ram_bytes"),
    ("of it arena", "arena_bytes"),
    ("stack, measured, gross", "stack_bytes"),
    ("stack at worst, gross", "stack_worst_bytes"),
)


def _error(row: dict[str, Any]) -> str:
    """How far the prediction lies from the count."""
    measured, predicted = row["instructions"], row["instructions_estimate"]
    return percent(predicted / measured - 1, signed=True) if measured and predicted is not None else ""
