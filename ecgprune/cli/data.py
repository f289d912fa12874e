"""ecgprune data: fetch, make, check and describe ECG databases."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ecgprune.cli.console import note, progress_bar, show, table
from ecgprune.cli.failures import resumable
from ecgprune.cli.options import FiniteRange, PathType, command, format_option, out_option
from ecgprune.ecg.databases import registry
from ecgprune.errors import DataError, ExitCode

_FOLDER = click.argument("folder", type=PathType())
_database_option = click.option(
    "--database",
    type=click.Choice([*registry.names(), "wfdb"]),
    help="Whose records these are; wfdb: one's own.  [default: by the records' names]",
)
_annotator_option = click.option(
    "--annotator", default="", metavar="SUFFIX", help="Suffix of the annotation files.  [default: the database's, atr]"
)


def cached(database: str) -> Path:
    """Where `data fetch` puts a database: in the user's cache folder. "mixed" has its databases there, side by side."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ecgprune"
    return base if database == "mixed" else base / database


@click.group()
def data() -> None:
    """Fetch, make, check and describe ECG databases (WFDB)."""


def _command(function: Callable[..., Any]) -> click.Command:
    """A command of the group `data`."""
    made = command()(function)
    data.add_command(made)
    return made


@_command
@click.argument("database", type=click.Choice(registry.names()))
@out_option("Folder to fetch into.  [default: the user's cache, where `ecgprune run` looks]", required=False)
def fetch(database: str, out: Path | None) -> None:
    """Download a database from PhysioNet.

    mitdb is the MIT-BIH Arrhythmia Database (94 MB), svdb the MIT-BIH Supraventricular Arrhythmia Database (55 MB),
    incartdb the St Petersburg INCART 12-lead Arrhythmia Database (800 MB). nstdb is the three noise records of the
    MIT-BIH Noise Stress Test Database (6 MB), which configs with train.noise_share use.

    An interrupted download is resumed by the same command; every file is checked by SHA-256.
    """
    from ecgprune.ecg.databases import download

    folder, known = out or cached(database), registry.get(database)
    unknown = [name for name in known.files if name not in known.sha256]
    resumable()
    with progress_bar(f"fetch {database}") as progress:
        download.fetch(known, folder, progress)
    if unknown:
        note(
            f"ecgprune has no hashes of {len(unknown)} of the {len(known.files)} files: they were checked by the "
            f"{download.SUMS} that the server has beside them"
        )
    click.echo(f"{database} is whole in {folder}")


@_command
@click.argument("database", type=click.Choice(registry.names()), required=False)
@format_option
def databases(database: str | None, style: str) -> None:
    """List the databases that can be fetched, or describe one.

    What ecgprune knows of them without their files: records, splits, patients, licence, and what to cite.
    """
    chosen = [registry.get(name) for name in ([database] if database else registry.names())]
    shown = ("title", "version", "doi", "licence", "citation", "megabytes", "sample_rate_hz", "lead", "annotator")
    value = {
        d.name: {key: getattr(d, key) for key in shown}
        | {"records": list(d.records), "paced": list(d.paced), "same_patient": [list(g) for g in d.same_patient]}
        | {"splits": {name: list(names) for name, names in d.splits.items()}, "fetched": cached(d.name).is_dir()}
        for d in chosen
    }

    def human() -> None:
        if database is None:
            each = [
                (d.name, d.title, str(len(d.records)), f"{d.sample_rate_hz} Hz", f"{d.megabytes} MB",
                 "yes" if cached(d.name).is_dir() else "no") for d in chosen
            ]  # fmt: skip
            table(("database", "", "records", "rate", "download", "fetched"), each)
            return
        about = {key: str(text) for key, text in value[database].items() if isinstance(text, str | int)}
        lists = {"records": chosen[0].records, "paced": chosen[0].paced, **chosen[0].splits}
        groups = {"same patient": ["+".join(g) for g in chosen[0].same_patient]}
        rows = [*about.items(), *((k, " ".join(names)) for k, names in {**lists, **groups}.items() if names)]
        table(("", ""), rows, title=database)

    show(style, {"databases": value}, human)


@_command
@out_option("Folder to write the records to; new or empty.")
@click.option("--patients", type=click.IntRange(4, 10_000), default=16, show_default=True, help="Records to write.")
@click.option("--minutes", type=FiniteRange(0.5, 1440), default=5.0, show_default=True, help="Length of each record.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of all draws.")
def make(out: Path, patients: int, minutes: float, seed: int) -> None:
    """Write a synthetic database.

    WFDB records of simulated patients, the same for the same seed.
    """
    from ecgprune.ecg import synthetic

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out} exists and is not an empty folder; give --out a new one")
    with progress_bar("make records") as progress:
        synthetic.make_database(out, patients, minutes, seed, progress)
    click.echo(f"{patients} synthetic records of {minutes:g} minutes in {out}")


@_command
@_FOLDER
@_database_option
@_annotator_option
@format_option
def check(folder: Path, database: str | None, annotator: str, style: str) -> None:
    """Check the records in FOLDER.

    Exits with 3 where one is damaged or incomplete. What is to be known of a whole one, such as annotations beyond its
    end, is told too.
    """
    from ecgprune.ecg import inspection

    with progress_bar("check records") as progress:
        found = inspection.check_folder(folder, progress, registry.get(database) if database else None, annotator)
    broken = [r for r in found if not r.whole]
    names = [r.record for r in found]
    called = (registry.get(database) if database else registry.recognized(names)).called(names)
    value = {
        "database": called,
        "records": [
            {"record": r.record, "whole": r.whole, "problem": r.problem, "notes": list(r.notes)} for r in found
        ],
    }

    def human() -> None:
        if broken:
            table(("record", "problem"), [(r.record, r.problem) for r in broken])
        if any(r.notes for r in found):
            table(("record", "note"), [(r.record, note) for r in found for note in r.notes])
        part = f" ({called})" if "," in called else ""
        click.echo(f"{len(found) - len(broken)} of {len(found)} records are whole{part}")

    show(style, value, human)
    if broken:
        click.get_current_context().exit(ExitCode.INPUT)


@_command
@_FOLDER
@_database_option
@_annotator_option
@format_option
def info(folder: Path, database: str | None, annotator: str, style: str) -> None:
    """Describe the database in FOLDER.

    Lists records, leads, length and annotations.
    """
    from ecgprune.ecg import inspection

    with progress_bar("read records") as progress:
        value = inspection.database_info(folder, progress, registry.get(database) if database else None, annotator)

    def human() -> None:
        counts = ("leads", "beat_annotations", "other_annotations")
        rows = [
            ("database", value["database"]),
            ("records", f"{len(value['records'])}: {' '.join(value['records'])}"),
            ("length", f"{value['duration_s'] / 60:.1f} minutes"),
            ("sampling rate", f"{', '.join(f'{r:g}' for r in value['sample_rates_hz'])} Hz"),
            ("beats", str(value["beats"])),
            *((name.replace("_", " "), "  ".join(f"{k} {n}" for k, n in value[name].items())) for name in counts),
            *((f"note on {name}", line) for name, lines in value["notes"].items() for line in lines),
        ]
        table(("", ""), rows, title=f"{'SYNTHETIC database' if value['synthetic'] else 'Database'} in {folder}")

    show(style, value, human)
