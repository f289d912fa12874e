"""ecgprune data: fetch, make, check and describe ECG databases."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ecgprune.cli.console import note, progress_bar, show, table
from ecgprune.cli.options import FiniteRange, PathType, command, format_option, out_option
from ecgprune.errors import DataError

_FOLDER = click.argument("folder", type=PathType())


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
@click.argument("database", type=click.Choice(["mitdb", "svdb", "incartdb", "nstdb"]))
@out_option("Folder to fetch into.  [default: the user's cache, where `ecgprune run` looks]", required=False)
def fetch(database: str, out: Path | None) -> None:
    """Download a database from PhysioNet.

    mitdb is the MIT-BIH Arrhythmia Database (94 MB), svdb the MIT-BIH Supraventricular Arrhythmia Database (55 MB),
    incartdb the St Petersburg INCART 12-lead Arrhythmia Database (800 MB). nstdb is the three noise records of the
    MIT-BIH Noise Stress Test Database (6 MB), which configs with train.noise_share use.

    An interrupted download is resumed by the same command; every file is checked by SHA-256.
    """
    from ecgprune.ecg.databases import download, registry

    folder, known = out or cached(database), registry.get(database)
    unknown = [name for name in known.files if name not in known.sha256]
    with progress_bar(f"fetch {database}") as progress:
        download.fetch(known, folder, progress)
    if unknown:
        note(
            f"ecgprune has no hashes of {len(unknown)} of the {len(known.files)} files: they were checked by the "
            f"{download.SUMS} that the server has beside them"
        )
    click.echo(f"{database} is whole in {folder}")


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
@format_option
def check(folder: Path, style: str) -> None:
    """Check the records in FOLDER.

    Exits with 1 where one is damaged or incomplete.
    """
    from ecgprune.ecg import records

    with progress_bar("check records") as progress:
        found = records.check_folder(folder, progress)
    broken = [r for r in found if not r.whole]
    value = {"records": [{"record": r.record, "whole": r.whole, "problem": r.problem} for r in found]}

    def human() -> None:
        if broken:
            table(("record", "problem"), [(r.record, r.problem) for r in broken])
        click.echo(f"{len(found) - len(broken)} of {len(found)} records are whole")

    show(style, value, human)
    if broken:
        click.get_current_context().exit(1)


@_command
@_FOLDER
@format_option
def info(folder: Path, style: str) -> None:
    """Describe the database in FOLDER.

    Lists records, leads, length and annotations.
    """
    from ecgprune.ecg import records

    with progress_bar("read records") as progress:
        value = records.database_info(folder, progress)

    def human() -> None:
        counts = ("leads", "beat_annotations", "other_annotations")
        rows = [
            ("records", f"{len(value['records'])}: {' '.join(value['records'])}"),
            ("length", f"{value['duration_s'] / 60:.1f} minutes"),
            ("sampling rate", f"{', '.join(f'{r:g}' for r in value['sample_rates_hz'])} Hz"),
            ("beats", str(value["beats"])),
            *((name.replace("_", " "), "  ".join(f"{k} {n}" for k, n in value[name].items())) for name in counts),
        ]
        table(("", ""), rows, title=f"{'SYNTHETIC database' if value['synthetic'] else 'Database'} in {folder}")

    show(style, value, human)
