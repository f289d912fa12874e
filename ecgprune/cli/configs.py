"""ecgprune configs: the configs that ship with ecgprune."""

from __future__ import annotations

from ecgprune.cli.console import show, table
from ecgprune.cli.options import command, format_option


@command()
@format_option
def configs(style: str) -> None:
    """List the shipped configs, which commands take by name."""
    from ecgprune import config

    rows = []
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
                (*(str(row[key]) for key in keys), f"{row['target']:.0%} {str(row['goal']).replace('_', ' ')}",
                 str(row["description"]))
                for row in rows
            ],
        )  # fmt: skip

    show(style, {"configs": rows}, human)
