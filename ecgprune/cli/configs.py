"""ecgprune configs: the configs that ship with ecgprune."""

from __future__ import annotations

from typing import Any

from ecgprune.cli.console import show, table
from ecgprune.cli.options import command, format_option
from ecgprune.formatting import percent


@command()
@format_option
def configs(style: str) -> None:
    """List the shipped configs, which commands take by name."""
    from ecgprune import config

    rows: list[dict[str, Any]] = []
    for name in config.shipped():
        found = config.load(name)
        last = found.prune.stages[-1]
        rows.append(
            {
                "name": name,
                "description": config.described(name),
                "database": found.data.database,
                "split": found.data.split,
                "model": found.model.name,
                "granularity": found.prune.granularity,
                "goal": last.goal,
                "target": last.target,
                "quantization": found.quantize.method,
                "boards": list(found.firmware.boards),
            }
        )

    def human() -> None:
        keys = ("name", "database", "split", "model", "granularity")
        table(
            ("config", "database", "split", "model", "pruned by", "to", ""),
            [
                (*(row[key] for key in keys), f"{percent(row['target'], 0)} {row['goal'].replace('_', ' ')}",
                 row["description"])
                for row in rows
            ],
        )  # fmt: skip

    show(style, {"configs": rows}, human)
