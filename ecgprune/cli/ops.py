"""ecgprune ops: the TFLite operators that C can be generated for."""

from __future__ import annotations

from ecgprune.cli.console import show, table
from ecgprune.cli.options import command, format_option


@command()
@format_option
def ops(style: str) -> None:
    """List the TFLite operators that C can be generated for."""
    from ecgprune.codegen.ops import specs

    rows = [
        {"name": spec.name, "kernels": list(spec.kernels), "limits": spec.limits, "tflm": spec.tflm.method}
        for spec in specs().values()
    ]

    def human() -> None:
        names = ((str(row["name"]), ", ".join(row["kernels"]) or "none needed", str(row["limits"])) for row in rows)
        table(("operator", "kernels", "limits"), list(names))

    show(style, {"operators": rows}, human)
