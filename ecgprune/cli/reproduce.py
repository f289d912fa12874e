"""ecgprune reproduce: the results in results/pruning, from MIT-BIH."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ecgprune.artifacts import Progress
from ecgprune.cli.console import grouped, note, progress_bar, show, table
from ecgprune.cli.data import cached
from ecgprune.cli.failures import resumable
from ecgprune.cli.options import PathType, command, format_option, out_option
from ecgprune.formatting import percent


@command()
@click.option("--data", type=PathType(), help="Folder with MIT-BIH.  [default: the fetched one]")
@click.option("--noise", type=PathType(), help="Folder with NSTDB.  [default: the fetched one]")
@out_option("Folder of the runs; created, or resumed.  [default: runs/reproduce, or runs/reproduce-quick]",
            required=False)  # fmt: skip
@click.option("--results", type=PathType(),
              help="Folder that gets the JSON files and figures.  [default: results/pruning, or in --out]")  # fmt: skip
@click.option("--quick", is_flag=True, help="Take one seed and few points; 20 minutes.")
@click.option("--ray", "address", metavar="ADDRESS",
              help="Spread the work over a Ray cluster: HOST:PORT, or auto for the one of this machine.")  # fmt: skip
@click.option("--only", multiple=True, metavar="GROUP-SEED", help="Do only this part, such as intra-2; repeatable.")
@format_option
def reproduce(
    data: Path | None, noise: Path | None, out: Path | None, results: Path | None, quick: bool,
    address: str | None, only: tuple[str, ...], style: str,
) -> None:  # fmt: skip
    """Reproduce results/pruning on MIT-BIH.

    Trains, prunes, quantizes and scores all models that results/pruning reports.

    An interrupted run is resumed by the same command.
    """
    from ecgprune import study
    from ecgprune.errors import ConfigError
    from ecgprune.pipeline import find_noise, find_source
    from ecgprune.study import report

    out = out or Path("runs/reproduce-quick" if quick else "runs/reproduce")
    results = results or (out / "results" if quick else Path("results/pruning"))
    groups = study.groups(quick)
    unknown = sorted(set(only) - {group.folder for group in groups})
    if unknown:
        raise ConfigError(f"no part '{unknown[0]}'; there are {', '.join(group.folder for group in groups)}")
    chosen = [group for group in groups if not only or group.folder in only]
    source = find_source(chosen[0].config, data, cached("mitdb"), out)
    if any(group.noise for group in chosen):
        trained = next(group.config for group in groups if group.config.train.noise_share)
        source = replace(source, noise=find_noise(trained, noise, cached("nstdb"), out))
    work = study.Study(chosen, out, results, source)
    resumable()
    if address is None:
        work.execute(_tell)
    else:
        study.execute_on(address, work, _tell)
    whole = study.Study(groups, out, results, source)
    rows, judged = report.write(
        whole.collected(), whole.collected("compared"), results, Path("results/tflm.json")
    )
    show(style, {"summary": rows, "targets": judged}, lambda: _human(rows, judged))


@contextmanager
def _tell(what: str) -> Iterator[Progress]:
    note(what)
    with progress_bar("") as progress:
        yield progress


def _human(rows: list[dict[str, Any]], judged: list[dict[str, Any]]) -> None:
    for group in dict.fromkeys(row["group"] for row in rows):
        table(
            ("pruned", "to", "zeros", "", "seeds", "accuracy", "macro-F1", "parameters", "MACs", "bytes", "M4 instr."),
            [_cells(row) for row in rows if row["group"] == group],
            title=group,
        )
    table(
        ("to be reached", "", "at least", "found", "seeds", ""),
        [
            (j["what"], j["measure"], percent(j["target"], 2), percent(j["found"], 2), str(len(j["seeds"])),
             "reached" if j["reached"] else "NOT reached")
            for j in judged
        ],
        title="int8, means over the seeds",
    )  # fmt: skip


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    count = str(len(row["seeds"]))
    scores = (_spread(row["accuracy_mean"], row["accuracy_std"]), _spread(row["macro_f1_mean"], row["macro_f1_std"]))
    sizes = (grouped(row[key]) for key in ("nonzero_params", "nonzero_macs", "tflite_bytes"))
    cost = grouped(row["instructions"] or None)
    how = " ".join(part for part in (row["method"], row["granularity"], row["allocation"]) if part)
    return (how, percent(row["target"], 0), percent(row["sparsity"]), row["precision"], count, *scores, *sizes, cost)


def _spread(mean: float, deviation: float | None) -> str:
    return percent(mean, 2) + (f" ±{percent(deviation, 2)}" if deviation is not None else "")
