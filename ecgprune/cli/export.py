"""ecgprune export: from an int8 model to C."""

from __future__ import annotations

import click

from ecgprune.artifacts import read_json
from ecgprune.cli import bare, packaging, sources, stages
from ecgprune.cli.console import grouped, table
from ecgprune.cli.groups import (
    PackageOptions,
    RunOptions,
    TfliteOptions,
    package_options,
    run_options,
    tflite_options,
)
from ecgprune.cli.options import command, source_argument
from ecgprune.formatting import percent

__all__ = ["export", "human"]


@command()
@source_argument
@run_options(boards=True)
@tflite_options
@package_options
def export(source: str, options: RunOptions, tflite: TfliteOptions, packages: PackageOptions) -> None:
    """Generate C from a run's int8 model, or a model of your own.

    SOURCE is a config (a TOML file, or the name of a shipped one), or a model: a .tflite file, a run folder or another
    folder with model.tflite, the name of a shipped model, or a Keras model or SavedModel with --representative.
    """
    if packaging.wanted(packages):
        packaging.export(source, options, tflite, packages)
        return
    model = sources.model(source)
    if model is not None:
        bare.export(model, options, tflite, human)
    else:
        stages.go("export", source, options, lambda run: read_json(run / "firmware" / "plan.json"), human)


def human(found: stages.Result) -> None:
    """Prints plan.json for people: a table for each core."""
    for core in found["cores"]:
        native = found["runtime"] == "native"
        made_for = f"for {core['core']}, objective {found['optimize']}" if native else "tflm"
        table(
            ("layer", "operator", "kernel", "cycles, predicted", "MACs", "non-zero", "weight bytes"),
            [
                (
                    str(layer["op"]),
                    layer["operator"],
                    layer["kernel"] or "(no code)",
                    *(grouped(layer.get(key)) for key in ("cycles_predicted", "macs", "nonzero_macs", "weight_bytes")),
                )
                for layer in core["layers"]
            ],
            title=f"{found['name']} ({made_for}): arena {core['arena_bytes']} bytes{_state(core)}",
        )
    if "compression" in found:
        _compression(found["compression"])


def _state(core: stages.Result) -> str:
    """What of a core's arena is state, in words; nothing where there is none."""
    return f", {core['state_bytes']} of them state that lasts" if core.get("state_bytes") else ""


def _compression(found: stages.Result) -> None:
    rows = [
        (t["name"], grouped(t["elements"]), percent(1 - t["kept"] / t["elements"]), grouped(t["bytes_before"]),
         grouped(t["bytes_after"]), percent(t["bytes_after"] / t["bytes_before"]))
        for t in found["tensors"]
    ]  # fmt: skip
    for name, before, after in (
        ("whole .tflite", found["bytes_before"], found["bytes_after"]),
        ("arena, on the host", found["arena_before"], found["arena_after"]),
    ):
        rows.append((name, "", "", grouped(before), grouped(after), percent(after / before)))
    table(
        ("tensor", "elements", "zeros", "bytes before", "after", "share"),
        rows,
        title="Pruned tensors stored small; TFLM decodes them at each invocation",
    )
    saved, code = found["bytes_before"] - found["bytes_after"], found["decoder_flash_estimate"]
    click.echo(
        f"Decoding takes about {grouped(found['decode_instructions_estimate'])} instructions an invocation, and TFLM's "
        f"decoder about {grouped(code)} bytes of flash (Cortex-M4): the image is {grouped(abs(saved - code))} bytes "
        f"{'smaller' if saved >= code else 'LARGER'}."
    )
