"""ecgprune quantize: from the pruned model to an int8 .tflite."""

from __future__ import annotations

import click

from ecgprune.artifacts import read_json
from ecgprune.cli import stages
from ecgprune.cli.groups import RunOptions, run_options
from ecgprune.cli.options import command, config_argument
from ecgprune.formatting import percent, score


@command()
@config_argument
@run_options()
def quantize(config: str, options: RunOptions) -> None:
    """Quantize the pruned model to int8; zeros stay zeros.

    CONFIG is a TOML file or the name of a shipped config; `ecgprune configs` lists those.
    """
    stages.go("quantize", config, options, lambda run: read_json(run / "quantize.json"), _human)


def _human(found: stages.Result) -> None:
    if found["method"] == "qat":
        by_epoch = " ".join(score(epoch["macro_f1"]) for epoch in found["history"])
        click.echo(
            f"quantization-aware fine-tuning: validation macro-F1 {by_epoch}, epoch {found['best_epoch']} is kept"
        )
    click.echo(
        f"int8 model: {found['bytes']} bytes, {percent(found['sparsity']['overall'])} of the prunable weights are "
        f"zero, calibrated on {found['calibration_beats']} training beats"
        + (", channels equalized and biases corrected" if found["mended"] else "")
    )
