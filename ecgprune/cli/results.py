"""What a stage's command prints when it is done: one JSON value, or tables for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ecgprune.cli.console import table
from ecgprune.errors import ToolMissingError

__all__ = ["human", "images", "plan", "read", "refuse_gaps", "sizes", "value", "verdicts"]

_FILES = {
    "train": "dense.json",
    "quantize": "quantize.json",
    "export": "firmware/plan.json",
    "verify": "verify.json",
    "report": "report.json",
    "run": "report.json",
}


def value(stage: str, run: Path) -> dict[str, Any]:
    """The stage's result as one JSON value."""
    if stage == "prune":
        stages = [read(p) for p in sorted((run / "prune").glob("stage-*.json"))]
        one_shot = run / "prune" / "one-shot.json"
        return {"stages": stages, "one_shot": read(one_shot) if one_shot.exists() else None}
    if stage == "build":
        return images(run / "firmware" / "images")
    return read(run / _FILES[stage])


def refuse_gaps(stage: str, found: dict[str, Any]) -> None:
    """Raises ToolMissingError where `build` or `verify` left out something that was asked for.

    `run` goes as far as the machine allows, and its report says what was left out.
    """
    skipped = {"build": found.get("skipped", []), "verify": _skipped(found)}.get(stage, [])
    if skipped:
        raise ToolMissingError(f"not done: {skipped[0]}")


def _skipped(found: dict[str, Any]) -> list[str]:
    return [f"{row['runtime']}: {row['skipped']}" for row in found.get("runtimes", []) if row["skipped"]]


def images(folder: Path) -> dict[str, Any]:
    """What was built, from the image.json of each board."""
    found = read(folder / "images.json")
    built = [read(folder / b / "image.json") for b in found["boards"] if (folder / b / "image.json").exists()]
    return {"images": built, "skipped": found["skipped"]}


def human(stage: str, run: Path, found: dict[str, Any]) -> None:
    """Prints the stage's result (see `value`) for people."""
    {
        "train": _train,
        "prune": _prune,
        "quantize": _quantize,
        "export": plan,
        "build": sizes,
        "verify": verdicts,
        "report": _report,
        "run": _report,
    }[stage](found)
    if stage in ("report", "run"):
        click.echo(f"Report: {run / 'report.html'}")


def _train(found: dict[str, Any]) -> None:
    click.echo(
        f"Dense model: {found['parameters']} parameters, best of {found['epochs_run']} epochs; on validation beats "
        f"accuracy {found['accuracy']:.2%}, macro-F1 {found['macro_f1']:.3f}"
    )


def _prune(found: dict[str, Any]) -> None:
    rows = [*found["stages"], *([found["one_shot"]] if found["one_shot"] else [])]
    table(
        ("stage", "fewer MACs" if "macs" in rows[0] else "sparsity", "accuracy", "macro-F1", "epochs", "floor"),
        [
            (
                f"{r['index']}" if r["method"] == "multistage" else "one-shot",
                f"{1 - r['macs']['left'] / r['macs']['dense'] if 'macs' in r else r['sparsity']['overall']:.1%}",
                f"{r['accuracy']:.2%}",
                f"{r['macro_f1']:.3f}",
                str(r["epochs"]),
                "" if not r["floor"] else "held" if r["passed"] else "BROKEN",
            )
            for r in rows
        ],
        title="Pruning, on validation beats",
    )


def _quantize(found: dict[str, Any]) -> None:
    if found["method"] == "qat":
        by_epoch = " ".join(f"{epoch['macro_f1']:.3f}" for epoch in found["history"])
        click.echo(
            f"quantization-aware fine-tuning: validation macro-F1 {by_epoch}, epoch {found['best_epoch']} is kept"
        )
    click.echo(
        f"int8 model: {found['bytes']} bytes, {found['sparsity']['overall']:.1%} of the prunable weights are zero, "
        f"calibrated on {found['calibration_beats']} training beats"
    )


def plan(found: dict[str, Any]) -> None:
    """The tables of `export`: one per core."""
    for core in found["cores"]:
        made_for = f"for {core['core']}, for {found['optimize']}" if found["runtime"] == "native" else "tflm"
        table(
            ("layer", "operator", "kernel", "MACs", "non-zero", "weight bytes"),
            [
                (
                    str(layer["op"]),
                    layer["operator"],
                    layer["kernel"] or "(no code)",
                    str(layer["macs"]),
                    str(layer["nonzero_macs"]),
                    str(layer["weight_bytes"]),
                )
                for layer in core["layers"]
            ],
            title=f"{found['name']} ({made_for}): arena {core['arena_bytes']} bytes",
        )


def sizes(found: dict[str, Any]) -> None:
    """The table of `build`."""
    table(
        ("board", "runtime", "flash", "RAM", "stack, worst case"),
        [
            (i["board"], i["runtime"], *(_bytes(i[k]) for k in ("image_flash_bytes", "image_ram_bytes", "stack_bytes")))
            for i in found["images"]
        ],
        title="Images, in bytes",
    )
    for why in found["skipped"]:
        click.echo(f"left out: {why}")


def verdicts(found: dict[str, Any]) -> None:
    """The tables of `verify`."""
    roundings = ", ".join(found["interpreter_rounding"]["operators"])
    table(
        ("runtime", "vectors", "verdict"),
        [(_runtime(r), str(r["vectors"]), _verdict(r, roundings)) for r in found["runtimes"]],
        title="Against TensorFlow Lite Micro, byte for byte",
    )
    _firmware(found["firmware"])


def _runtime(row: dict[str, Any]) -> str:
    """The runtime, and the core that its C was generated for."""
    return f"{row['runtime']}, {row['core']} code" if row["core"] else str(row["runtime"])


def _verdict(row: dict[str, Any], roundings: str) -> str:
    if row["skipped"]:
        return f"left out: {row['skipped']}"
    if row["bit_exact"]:
        return "equal"
    if row["passed"]:
        what = f"{row['mismatching_bytes']} bytes" if row["mismatching_bytes"] else "only inner layers"
        return f"{what} differ, all explained by known roundings of {roundings}"
    return "DIFFERS"


def _firmware(rows: list[dict[str, Any]]) -> None:
    if rows:
        keys = ("instructions", "flash_bytes", "ram_bytes", "stack_bytes")
        table(
            ("board", "core", "instructions", "flash", "RAM", "stack"),
            [(r["board"], r["core"], *(_bytes(r[k]) for k in keys)) for r in rows],
            title="Per inference, and in bytes net of an empty image",
        )


def _bytes(number: int | None) -> str:
    return "-" if number is None else f"{number:,}".replace(",", " ")


def _report(found: dict[str, Any]) -> None:
    if found["synthetic"]:
        click.echo("Everything here comes from a SYNTHETIC database.")
    rows = [
        (name, f"{scores['accuracy']:.2%}", f"{scores['macro_f1']:.3f}")
        for name in ("dense", "one_shot", "pruned", "int8")
        if (scores := found["accuracy"].get(name))
    ]
    table(("model", "accuracy", "macro-F1"), rows, title="On test beats")
    verdicts(found["verification"] | {"firmware": found["firmware"]})
    macs = found["macs"]
    click.echo(f"Sparsity {found['sparsity']['overall']:.1%}: {macs['effective']} of {macs['dense']} MACs are left")


def read(path: Path) -> dict[str, Any]:
    """A JSON object from a file of ours."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
