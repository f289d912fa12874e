"""ecgprune export: from an int8 model to C."""

from __future__ import annotations

from ecgprune.artifacts import read_json
from ecgprune.cli import bare, sources, stages
from ecgprune.cli.console import table
from ecgprune.cli.options import (
    RunOptions,
    TfliteOptions,
    command,
    run_options,
    source_argument,
    tflite_options,
)

__all__ = ["export", "human"]


@command()
@source_argument
@run_options(boards=True)
@tflite_options
def export(source: str, options: RunOptions, tflite: TfliteOptions) -> None:
    """Generate C from a run's int8 model or a .tflite.

    SOURCE is a config (a TOML file, or the name of a shipped one) or a .tflite file.
    """
    model = sources.tflite(source)
    if model is not None:
        bare.export(model, options, tflite, human)
    else:
        stages.go("export", source, options, lambda run: read_json(run / "firmware" / "plan.json"), human)


def human(found: stages.Result) -> None:
    """Prints plan.json for people: a table for each core."""
    for core in found["cores"]:
        native = found["runtime"] == "native"
        made_for = f"for {core['core']}, optimized for {found['optimize']}" if native else "tflm"
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
