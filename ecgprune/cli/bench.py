"""ecgprune bench: what a .tflite costs on a board, measured, proved exact, and beside what was predicted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ecgprune.artifacts import Progress
from ecgprune.cli.console import format_option, progress_bar, show, table
from ecgprune.errors import VerificationError


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--board", "boards", multiple=True, default=("mps2_an386",), show_default=True, help="Board; repeatable.")
@click.option(
    "--optimize", type=click.Choice(["speed", "ram", "flash"]), default="speed", show_default=True,
    help="What the generated code spares.",
)  # fmt: skip
@click.option(
    "--sparse", type=click.Choice(["auto", "never", "always"]), default="auto", show_default=True,
    help="Which forms of a layer may be chosen.",
)  # fmt: skip
@click.option("--runtime", type=click.Choice(["native", "tflm"]), default="native", show_default=True)
@click.option("--vectors", type=click.IntRange(1), default=20, show_default=True, help="Random vectors to run.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File that also gets the JSON.")
@format_option
def bench(model: Path, boards: tuple[str, ...], vectors: int, out: Path | None, style: str, **how: Any) -> None:
    """Measure MODEL, an int8 .tflite, on emulated boards.

    Builds it for each board's core, counts every instruction on QEMU, layer by layer, and proves all outputs equal to
    TensorFlow Lite Micro's. With one board the JSON is an object, with several a list of them. Exits with 1 where a
    byte differs.
    """
    from ecgprune.artifacts import write_json
    from ecgprune.pipeline import bench as measuring

    found = measuring.check_tools(boards, how["runtime"])
    with progress_bar("bench") as progress:
        progress(0.0, "TFLM on the host")
        subject = measuring.Subject(model, model.name, vectors)
        rows = [
            measuring.measure(subject, board, **how, progress=_part(progress, n, len(found)))
            for n, board in enumerate(found)
        ]
    value = rows[0] if len(rows) == 1 else rows
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
    figures = [(name, *(_number(row[key]) for row in rows)) for name, key in _FIGURES]
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
                (layer["name"], layer["kernel"] or "(no call)", *(_number(layer[key]) for key in _LAYER[:4]),
                 _error(layer), _number(layer["weight_bytes"]))
                for layer in row["layers"]
            ] + [("the rest", "", "", "", _number(row["other_instructions"]), "", "", "")],
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


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}".replace(",", " ")


def _error(row: dict[str, Any]) -> str:
    """How far the prediction lies from the count."""
    measured, predicted = row["instructions"], row["instructions_estimate"]
    return f"{predicted / measured - 1:+.1%}" if measured and predicted is not None else ""
