"""ecgprune boards: what firmware can be built for."""

from __future__ import annotations

from ecgprune.cli.console import grouped, show, table
from ecgprune.cli.options import command, format_option


@command()
@format_option
def boards(style: str) -> None:
    """List the boards that firmware can be built for."""
    from ecgprune.board import known_boards

    rows = [
        {
            "name": board.name,
            "description": board.description,
            "core": board.core,
            "flash_bytes": board.memory["FLASH"].length if "FLASH" in board.memory else None,
            "ram_bytes": board.memory["RAM"].length if "RAM" in board.memory else None,
            "qemu_machine": board.machine,
            "uart": board.uart,
        }
        for board in known_boards().values()
    ]

    def human() -> None:
        table(
            ("board", "core", "flash", "RAM", "UART", "QEMU machine", ""),
            [
                (str(r["name"]), str(r["core"]), *(grouped(r[k]) for k in ("flash_bytes", "ram_bytes")),  # type: ignore[arg-type]
                 str(r["uart"] or "-"), str(r["qemu_machine"] or "-"), str(r["description"]))
                for r in rows
            ],
        )  # fmt: skip

    show(style, {"boards": rows}, human)
