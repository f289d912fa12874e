"""ecgprune ops: the TFLite operators that C can be generated for."""

from __future__ import annotations

from ecgprune.cli.console import show, table
from ecgprune.cli.options import command, format_option


@command()
@format_option
def ops(style: str) -> None:
    """List the TFLite operators that C can be generated for."""
    from ecgprune.codegen.ops import supported

    rows = [{"name": name} for name in supported()]
    show(style, {"operators": rows}, lambda: table(("operator",), [(row["name"],) for row in rows]))
