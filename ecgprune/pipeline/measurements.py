"""What commands measure after a run: entries of files in its folder, which the report shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ecgprune.artifacts import no_progress, read_json, write_json
from ecgprune.report.artefacts import TFLM_BENCH

__all__ = ["keep", "keep_tflm", "renew_report"]


def keep(entries: Sequence[dict[str, Any]], folder: Path, name: str) -> Path:
    """Puts entries into one of the folder's `report.artefacts.MEASUREMENTS`, in place of the same boards'.

    Args:
        entries: each with "board", and the "model" that was measured.
        folder: of a run, or any other.
        name: of the file.

    Returns:
        The file.
    """
    path = folder / name
    held = read_json(path)["measurements"] if path.exists() else []
    new = {entry["board"] for entry in entries}
    others = [one for one in held if one["board"] not in new]
    write_json(path, {"measurements": sorted([*others, *entries], key=lambda one: str(one["board"]))})
    return path


def keep_tflm(rows: Sequence[dict[str, Any]], run: Path) -> Path | None:
    """Puts what TFLM took of a run's model into its folder.

    Args:
        rows: of `pipeline.bench.measure`; those of other runtimes and of compressed models are left out.
        run: the run folder.

    Returns:
        The file; None: nothing was TFLM's.
    """
    entries = [
        {**{key: value for key, value in row.items() if key not in ("layers", "functions", "arena")},
         "model": {"name": row["model"], "sha256": row["model_sha256"]}}
        for row in rows if row["runtime"] == "tflm" and not row["compress"]
    ]  # fmt: skip
    return keep(entries, run, TFLM_BENCH) if entries else None


def renew_report(run: Path) -> list[str]:
    """Writes the report of a run anew, with its measurements, and its sums; a run without a report stays without.

    Returns:
        The files' names.
    """
    from ecgprune.config import load
    from ecgprune.pipeline import firmware_steps
    from ecgprune.pipeline.run_folder import open_run

    if not (run / "report.json").is_file():
        return []
    config = load(str(run / "config.toml"))
    with open_run(run, config) as folder:
        step = firmware_steps.steps(config, run, beside=False)[-1][1]
        folder.execute(step, no_progress)
        folder.renew_sums(step)
    return list(step.outputs)
