"""ecgprune evaluate: a trained model on any ECG database."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from ecgprune.cli.console import grouped, note, progress_bar, show, table
from ecgprune.cli.options import PathType, command, format_option, model_argument, out_option
from ecgprune.cli.scores import cell, of, parts_table
from ecgprune.formatting import percent

__all__ = ["evaluate"]


@command()
@model_argument
@click.option("--data", type=PathType(), required=True, help="Folder of records with annotated beats.")
@click.option("--database", help="Its name: mitdb, svdb, incartdb, or wfdb.  [default: told by the records' names]")
@click.option("--lead", help="Signal to use.  [default: the model's, else the database's, else each record's first]")
@click.option("--annotator", default="", help="Suffix of the annotation files.  [default: the database's]")
@click.option("--split", help="Use the records of this list of the database alone, such as ds2 or blind.")
@click.option("--config", help="Config that the model was trained with.  [default: the config.toml beside it]")
@click.option("--resamples", type=click.IntRange(100, 100_000), default=2000, show_default=True, help="Bootstrap size.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of the bootstrap.")
@out_option("Folder for evaluation.json and evaluation.html.", required=False)
@format_option
def evaluate(
    model: str, data: Path, database: str | None, lead: str | None, annotator: str, split: str | None,
    config: str | None, resamples: int, seed: int, out: Path | None, style: str,
) -> None:  # fmt: skip
    """Score a trained model on an ECG database.

    MODEL is a run folder or another folder with model.tflite, the name of a shipped model, a .tflite, or a Keras file
    of a run. A .tflite runs on TensorFlow Lite Micro. Scores are by the rules of ANSI/AAMI EC57, with 95 % intervals by
    bootstrap over patients.
    """
    from ecgprune import report
    from ecgprune.pipeline import scoring, trained_model

    found_model = trained_model.find(model, config)
    request = scoring.Request(data, database, lead, annotator, split, resamples, seed)
    with progress_bar("evaluate") as progress:
        found = report.checked(scoring.evaluate_model(found_model, request, progress), _repeats(request, config))
    if out is not None:
        report.write_evaluation(found, out)
    show(style, found, lambda: _human(found))
    if out is not None:
        note(f"Written: {out / 'evaluation.json'} and {out / 'evaluation.html'}")


def _repeats(request: Any, config: str | None) -> str:
    """The command that repeats this, without the paths of this machine."""
    words = ["ecgprune", "evaluate", "MODEL", "--data", "DIR"]
    for name in ("database", "lead", "annotator", "split"):
        value = getattr(request, name)
        words += [f"--{name}", shlex.quote(value)] if value else []
    words += ["--config", "CONFIG"] if config is not None else []
    return " ".join([*words, "--resamples", str(request.resamples), "--seed", str(request.seed)])


def _human(found: dict[str, Any]) -> None:
    model, source, first = found["model"], found["database"], found["results"][0]
    whole = f" of {source['records_of_database']}" if source["records_of_database"] else ""
    click.echo(
        f"{model['config']} ({model['kind']}) on {source['name']}: {source['records']}{whole} records, "
        f"{first['patients']} patients, {grouped(first['beats'])} beats"
    )
    click.echo(_seen(source))
    click.echo(_leads(found["records"]))
    rows = [
        (name, *(cell(scores[k], of(first, "per_class", name, k)) for k in ("se", "ppv", "f1")),
         grouped(scores["support"]), str(scores["patients"]))
        for name, scores in first["per_class"].items()
    ]  # fmt: skip
    rows += [
        (f"{name}, EC57", *(cell(scores[k], of(first, "ec57", name, k)) for k in ("se", "ppv", "f1")), "", "")
        for name, scores in first["ec57"].items()
    ]
    table(("class", "sensitivity", "+ predictivity", "F1", "beats", "patients"), rows, title="All records")
    parts_table(found["results"])
    worst = sorted(found["records"], key=lambda r: r["accuracy"])[:5]
    click.echo("Lowest accuracy: " + ", ".join(f"{r['record']} {percent(r['accuracy'])}" for r in worst))
    left_out = source["left_out"]
    more = "".join(
        f", {left_out[key]} {where}"
        for key, where in (("gap_beats", "in gaps of the signal"), ("unclassed_beats", "of codes without a class"))
        if left_out[key]
    )
    click.echo(f"Left out: {left_out['edge_beats']} beats at the ends of records{more}{_records(left_out['records'])}.")
    click.echo(
        f"Run by {model['runtime']}. In brackets: 95 % intervals over patients, {found['bootstrap']['resamples']} "
        "resamples. EC57: F and Q called V, and Q called S, are no false positives."
    )


def _leads(records: list[dict[str, Any]]) -> str:
    """Which signals were used; the less common ones with their records."""
    by_lead: dict[str, list[str]] = {}
    for row in records:
        by_lead.setdefault(row["lead"], []).append(row["record"])
    first, *others = sorted(by_lead, key=lambda lead: -len(by_lead[lead]))
    return f"Lead {first}" + "".join(f", {lead} of {_some(by_lead[lead])}" for lead in others) + "."


def _some(names: list[str], most: int = 8) -> str:
    """The first of some names, and how many more there are."""
    return ", ".join(names[:most]) + f" and {len(names) - most} more" * (len(names) > most)


def _seen(source: dict[str, Any]) -> str:
    if source["trained_on"] is None:
        return "It is not known whether the model was trained with these records."
    count = len(source["trained_on"])
    if count:
        return f"The model was trained or chosen with {count} of these records: new patients score lower."
    return "The model was trained with none of these records."


def _records(left_out: dict[str, str]) -> str:
    """Records that were left out, by reason."""
    reasons: dict[str, list[str]] = {}
    for record, why in left_out.items():
        reasons.setdefault(why, []).append(record)
    return "".join(f"; {_some(names)}: {why}" for why, names in reasons.items())
