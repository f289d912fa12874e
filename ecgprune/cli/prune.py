"""ecgprune prune: from the dense model to pruned ones."""

from __future__ import annotations

from pathlib import Path

from ecgprune.artifacts import read_json
from ecgprune.cli import stages
from ecgprune.cli.console import table
from ecgprune.cli.options import RunOptions, command, config_argument, run_options
from ecgprune.formatting import percent, score


@command()
@config_argument
@run_options()
def prune(config: str, options: RunOptions) -> None:
    """Prune the model stage by stage, and in one shot to compare.

    CONFIG is a TOML file or the name of a shipped config; `ecgprune configs` lists those.
    """
    stages.go("prune", config, options, _read, _human)


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
                "" if not r["floor"] else "held" if r["passed"] else "BROKEN",
            )
            for r in rows
        ],
        title="Pruning, on validation beats",
    )
