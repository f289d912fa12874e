"""ecgprune prune: from the dense model to pruned ones, of a run or of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ecgprune.artifacts import read_json
from ecgprune.cli import completion, sources, stages
from ecgprune.cli.console import grouped, note, progress_bar, show, table
from ecgprune.cli.failures import resumable
from ecgprune.cli.groups import RunOptions, run_options
from ecgprune.cli.options import FiniteRange, PathType, command
from ecgprune.formatting import percent, score
from ecgprune.training.outcome import output_warning

_NPZ = PathType(dir_okay=False)


def _shares(ctx: click.Context, param: click.Parameter, value: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is no list of shares; write 0.5,0.7,0.8", ctx, param) from None


_OWN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--train", {"type": _NPZ, "help": "Training examples: an .npz with x (or an array by each input's name) and y."}),
    ("--validation", {"type": _NPZ, "help": "Validation examples, the same way; they score."}),
    ("--stages", {"default": "0.5,0.7,0.8", "callback": _shares, "help": "Share of zeros of each stage."}),
    ("--granularity", {"type": click.Choice(["weight", "block", "channel"]), "default": "block",
                       "help": "Prune single weights, 1x4 blocks, or whole channels."}),
    ("--allocation", {"type": click.Choice(["uniform", "global", "sensitivity"]), "default": "uniform",
                      "help": "Prune layers alike, by one threshold for all, or most where it matters least."}),
    ("--loss", {"help": "A loss of Keras.  [default: what fits y and the last activation]"}),
    ("--metric", {"help": "macro_f1, accuracy, mae, mse, rmse or validation_loss.  [default: macro_f1 of classes]"}),
    ("--epochs", {"type": click.IntRange(1), "default": 5, "help": "Epochs of each stage."}),
    ("--learning-rate", {"type": FiniteRange(0, min_open=True), "default": 0.001, "help": "First one of each stage."}),
    ("--batch-size", {"type": click.IntRange(1), "default": 32, "help": "Examples in a batch, at most."}),
    ("--floor", {"type": FiniteRange(), "help": "Validation score that each stage has to reach."}),
    ("--distillation", {"type": FiniteRange(0, 1), "default": 0.0,
                        "help": "Share of the loss that is the distance to MODEL's own probabilities."}),
    ("--exclude", {"multiple": True, "help": "Layer that stays dense; repeatable."}),
    ("--representative", {"type": _NPZ, "help": "Inputs to calibrate int8 on, .npz or .npy.  [default: of --train]"}),
)  # fmt: skip
"""Options that go with a MODEL; a config says it itself."""


def _own_options(function: Any) -> Any:
    for name, how in reversed(_OWN):
        shown = "default" in how and how["default"] != 0.0
        function = click.option(name, show_default=shown, **how)(function)
    return function


@command()
@click.argument("source", shell_complete=completion.sources)
@run_options()
@_own_options
def prune(source: str, options: RunOptions, **own: Any) -> None:
    """Prune a model stage by stage: a config's, or your own.

    SOURCE is a config (a TOML file, or the name of a shipped one; `ecgprune configs` lists those), which is also pruned
    in one shot to compare. Or it is a Keras model (.keras, .h5) with --train and --validation, which is pruned and
    quantized to int8 in the run folder.
    """
    model = sources.keras_model(source)
    context = click.get_current_context()
    given = [name for name in own if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if model is None:
        if given:
            raise click.UsageError(f"--{given[0].replace('_', '-')} goes with a Keras model; a config says it itself")
        stages.go("prune", source, options, _read, _human)
        return
    for name in ("data", "noise"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} goes with a config; SOURCE is a Keras model")
    missing = [name for name in ("train", "validation") if own[name] is None]
    if missing:
        raise click.UsageError(f"a Keras model needs --{missing[0]}, an .npz with x and y")
    _prune_own(model, options, own)


def _prune_own(model: Path, options: RunOptions, own: dict[str, Any]) -> None:
    from ecgprune.pipeline import own_model
    from ecgprune.training.own_options import Options, stages_of

    paths = {name: own.pop(name) for name in ("train", "validation", "representative")}
    if options.seed is not None:
        own["seed"] = options.seed
    wanted = stages_of(own.pop("stages"))
    request = own_model.Request(model, paths["train"], paths["validation"], Options(wanted, **own),
                                paths["representative"])  # fmt: skip
    resumable()
    with own_model.opened(request, options.out, update=options.update) as run:
        for name, reason in request.left_dense():
            note(f"stays dense: {name}: {reason}")
        done = []
        for step in own_model.steps(request, options.out):
            kept = run.is_done(step)
            note(f"{step.title}{' (kept)' if kept else ''}")
            if not kept:
                with progress_bar(step.title) as progress:
                    run.execute(step, progress)
            done.append(step)
        run.write_sums(done)
        found = own_model.report(options.out)
    show(options.style, found, lambda: _human_own(found))


def _read(run: Path) -> stages.Result:
    one_shot = run / "prune" / "one-shot.json"
    return {
        "stages": [read_json(path) for path in sorted((run / "prune").glob("stage-*.json"))],
        "one_shot": read_json(one_shot) if one_shot.exists() else None,
    }


def _human(found: stages.Result) -> None:
    rows = [*found["stages"], *([found["one_shot"]] if found["one_shot"] else [])]
    table(
        ("stage", "fewer MACs" if "macs" in rows[0] else "sparsity", "accuracy", "macro-F1", "epochs", "floor"),
        [
            (
                f"{r['index']}" if r["method"] == "multistage" else "one-shot",
                percent(1 - r["macs"]["left"] / r["macs"]["dense"] if "macs" in r else r["sparsity"]["overall"]),
                percent(r["accuracy"], 2),
                score(r["macro_f1"]),
                str(r["epochs"]),
                _floor(r),
            )
            for r in rows
        ],
        title="Pruning, on validation beats",
    )


def _human_own(found: stages.Result) -> None:
    metric = found["metric"]
    rows = [("dense", "", "", score(found["dense"][metric]), "", "")]
    rows += [
        (str(r["index"]), percent(r["sparsity"]["overall"]), percent(1 - r["macs"]["left"] / r["macs"]["dense"]),
         score(r["scores"][metric]), str(r["epochs"]), _floor(r))
        for r in found["stages"]
    ]  # fmt: skip
    title = f"Pruned by {found['granularity']}; {metric} on validation"
    table(("stage", "zeros", "fewer MACs", metric, "epochs", "floor"), rows, title=title)
    if found["dense_layers"]:
        layers = [(layer["name"], layer["reason"]) for layer in found["dense_layers"]]
        table(("layer that stays dense", "why"), layers)
    which = f"stage {found['kept']}" if found["kept"] else "no stage reached its floor: the dense model"
    click.echo(f"pruned.keras: {which}; model.tflite: int8, {grouped(found['tflite']['bytes'])} bytes")
    told = output_warning(found["tflite"]["output_error"])
    if told:
        click.echo(f"warning: {told}")


def _floor(row: stages.Result) -> str:
    return "" if not row["floor"] else "held" if row["passed"] else "BROKEN"
